"""The handlers that answer who will leave, in every protocol."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from churn.errors import InputError
from churn.naming import suggestion
from serving.exchange import Reply, Request, as_json
from serving.gathering import Gathering
from serving.online import OnlineFeatures
from serving.problems import NOTHING, Problem, unreadable
from serving.protocols import inference, native, seldon
from serving.pulse import ended_if_stuck
from serving.recording import Recorder
from serving.scoring import Row, Scored, failing, score
from serving.settings import Settings
from serving.worker import Model, Served

Found = TypeVar("Found")

REASONS = "reasons"
MOST_REASONS = 100
DIGITS = len(str(MOST_REASONS))


class Predicting:
    """Parses, scores, records and answers."""

    def __init__(
        self,
        settings: Settings,
        model: Model,
        recorder: Recorder,
        online: OnlineFeatures | None,
    ) -> None:
        self._model, self._recorder, self._online = model, recorder, online
        self._gathering = Gathering(recorder)
        self._most_rows, self._most_depth = settings.most_rows, settings.most_depth
        self._hang_seconds = settings.hang_seconds

    async def predict(self, request: Request) -> Reply:
        """``POST /predict``, ours or Seldon's."""
        body = native.read(request.body, most_depth=self._most_depth)
        if body is None:
            return await self.seldon_predict(request)
        return as_json(await self._native(body, request))

    async def seldon_predict(self, request: Request) -> Reply:
        """``POST /api/v1.0/predictions``."""
        message = seldon.read(request.body, most_depth=self._most_depth)
        return await self._message(message, request)

    async def seldon_feedback(self, request: Request) -> Reply:
        """``POST /api/v1.0/feedback``."""
        feedback = seldon.read_feedback(request.body, most_depth=self._most_depth)
        puid = seldon.puid_of(feedback)
        self._recorder.feedback(
            puid, truth=seldon.truth_of(feedback), reward=feedback.reward
        )
        return as_json({"meta": {"puid": puid}})

    async def infer(self, request: Request) -> Reply:
        """``POST /v2/models/{name}/infer``."""
        return await self._inferred(self.served(), request)

    async def infer_champion(self, request: Request) -> Reply:
        """The same below ``/versions/{version}``: no canary's answer."""
        served = replace(self.served(), mode="live", challenger=None)
        return await self._inferred(served, request)

    async def _inferred(self, served: Served, request: Request) -> Reply:
        length = request.headers.get(inference.JSON_LENGTH)
        asked = inference.read(request.body, length, most_depth=self._most_depth)
        request.request_id = asked.id or request.request_id
        rows = inference.rows(asked, most_rows=self._most_rows)
        found = await self._scored(served, rows, request, is_many=True)
        return as_json(
            inference.answer(asked, served, found, request_id=request.request_id)
        )

    def served(self) -> Served:
        """What is served now.

        Raises
        ------
        Problem
            If there is nothing yet.
        """
        served = self._model.current
        if served is None:
            raise Problem(503, NOTHING)
        return served

    async def _native(self, body: native.Native, request: Request) -> native.Answer:
        served = self.served()
        is_many = body.customers is not None
        customers = native.customers_of(body, most_rows=self._most_rows)
        rows = [Row(c.values or {}, c.customer_id, c.customer_value) for c in customers]
        absent = [place for place, c in enumerate(customers) if c.values is None]
        if absent:
            rows = await self._completed(served, rows, absent, is_many=is_many)
        found = await self._scored(served, rows, request, is_many=is_many)
        return native.answer(rows, found, request_id=request.request_id)

    async def _completed(
        self, served: Served, rows: list[Row], absent: Sequence[int], *, is_many: bool
    ) -> list[Row]:
        """The rows, of those absent the values from the online store."""
        fields = [f"customers[{place}]." if is_many else "" for place in absent]
        for place, field in zip(absent, fields, strict=True):
            if rows[place].customer_id is None:
                raise Problem(
                    422, "expected values or a customer_id", field=f"{field}values"
                )
        if self._online is None:
            raise Problem(
                422,
                "expected values: this server has no online features",
                field=f"{fields[0]}values",
            )
        read = await self._online.rows(
            served, [rows[place] for place in absent], fields=fields
        )
        for place, row in zip(absent, read, strict=True):
            rows[place] = row
        return rows

    async def _message(self, message: seldon.Message, request: Request) -> Reply:
        request.request_id = message.puid or request.request_id
        if message.jsonData is not msgspec.UNSET:
            answer = await self._native(_native_of(message.jsonData), request)
            return as_json(seldon.json_answer(answer, request_id=request.request_id))
        served = self.served()
        features = served.champion.inputs.names
        rows = seldon.table_of(message, features, most_rows=self._most_rows)
        found = await self._scored(served, rows, request, is_many=True)
        return as_json(seldon.answer(message, found, request_id=request.request_id))

    async def _scored(
        self, served: Served, rows: list[Row], request: Request, *, is_many: bool
    ) -> list[Scored]:
        """The answers, recorded: nothing leaves that the log does not hold."""
        most = _most_reasons(request.query) if request.query else 0
        for place, row in enumerate(rows):
            row.request_id, row.place = request.request_id, place
            row.began = request.began
        try:
            if len(rows) == 1 and not most:
                return [await self._gathering.answer(served, rows[0])]
            found = await self._together(served, rows, most)
        except InputError as error:
            raise native.refused(error, is_many=is_many) from None
        self._recorder.answered(served, rows, found)
        return found

    async def _together(
        self, served: Served, rows: Sequence[Row], most: int
    ) -> list[Scored]:
        """The answers to many rows, or with reasons."""
        try:
            return await self._aside(score, served, rows, most)
        except InputError:
            raise
        except Exception:
            failed = await self._aside(failing, served, rows, most)
            self._recorder.failed(served, failed)
            raise

    async def _aside(
        self,
        ask: Callable[..., list[Found]],
        served: Served,
        rows: Sequence[Row],
        most: int,
    ) -> list[Found]:
        """In a thread, so that others are answered meanwhile; if stuck, noticed."""

        def asked() -> list[Found]:
            with ended_if_stuck(self._hang_seconds):
                return ask(served, rows, most_reasons=most)

        return await asyncio.to_thread(asked)


def _native_of(content: Any) -> native.Native:
    try:
        return msgspec.convert(content, native.Native)
    except msgspec.ValidationError as error:
        problem = unreadable(error)
        problem.field = f"jsonData.{problem.field}" if problem.field else "jsonData"
        raise problem from None


def _most_reasons(query: bytes) -> int:
    """How many reasons a query asks for.

    Raises
    ------
    Problem
    """
    most = 0
    text = query.decode("latin-1")
    for name, value in parse_qsl(text, keep_blank_values=True, encoding="latin-1"):
        if name != REASONS:
            raise Problem(
                400,
                f"expected no such parameter; {suggestion(name, [REASONS])}",
                field=name,
            )
        is_number = value.isascii() and value.isdigit() and len(value) <= DIGITS
        if not is_number or int(value) > MOST_REASONS:
            raise Problem(
                400, f"expected a number from 0 to {MOST_REASONS}", field=REASONS
            )
        most = int(value)
    return most
