"""The handlers for those who run the server: health, metrics, release, documents."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from churn.scoring.example import example_customer
from churn.scoring.release import Release
from serving.active import (
    StateFolder,
    read_active,
    read_observation,
    read_status,
    read_vetoes,
    read_workers,
    write_record,
)
from serving.docs_page import docs_page
from serving.exchange import Reply, Request, as_json
from serving.gauges import gauges
from serving.metrics import exposition
from serving.openapi import openapi
from serving.problems import NOTHING, TITLES, Problem
from serving.protocols import inference
from serving.settings import Settings
from serving.worker import Loaded, Model, Served

METRICS_MEDIA = b"text/plain; version=0.0.4; charset=utf-8"
HTML_MEDIA = b"text/html; charset=utf-8"
POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    b"connect-src 'self'"
)
ALONE = ((b"content-security-policy", POLICY),)
"""The docs page loads nothing from anywhere, and asks this server only."""

TO_DOCS = ((b"location", b"docs"),)
VERDICT_SECONDS = 10.0
LOOK_SECONDS = 0.02


class Operating:
    """Says what goes on, and takes a pushed release."""

    def __init__(
        self, settings: Settings, model: Model, state: StateFolder, *, has_keys: bool
    ) -> None:
        self._settings, self._model, self._state = settings, model, state
        self._has_keys = has_keys
        self._document: tuple[Served | None, Mapping[str, Any]] | None = None

    async def live(self, _: Request) -> Reply:
        """``GET /health/live`` and its like: the process answers."""
        return as_json({"live": True})

    async def ready(self, _: Request) -> Reply:
        """``GET /health/ready`` and its like: a release is served."""
        self._served()
        return as_json({"ready": True})

    async def server_metadata(self, _: Request) -> Reply:
        """``GET /v2``."""
        return as_json(inference.server_metadata())

    async def model_metadata(self, _: Request) -> Reply:
        """``GET /v2/models/{name}``."""
        return as_json(inference.model_metadata(self._served()))

    async def model_ready(self, _: Request) -> Reply:
        """``GET /v2/models/{name}/ready``."""
        return as_json({"name": self._served().model, "ready": True})

    async def metrics(self, _: Request) -> Reply:
        """``GET /metrics``."""
        more = gauges(self._state, self._model.current)
        return Reply(200, exposition(more), METRICS_MEDIA)

    async def release(self, _: Request) -> Reply:
        """``GET /release``: what is loaded, refused and vetoed."""
        return as_json(self._described())

    async def push(self, request: Request) -> Reply:
        """``PUT /release``: follow this one, if it is newer and good."""
        if not self._has_keys:
            raise Problem(403, "expected a server with keys; start it with --keys")
        from storage.release import ReleaseError, parsed

        try:
            release = parsed(request.body, where="the body")
        except ReleaseError as error:
            raise Problem(422, str(error)) from None
        self._check_newer(release)
        document, asked_at = msgspec.json.decode(request.body), time.time()
        write_record(self._state.pushed, document, durable=True)
        status = await self._verdict(release, asked_at)
        return as_json(self._described(), status=status)

    async def openapi(self, _: Request) -> Reply:
        """``GET /openapi.json``, of the model that is served."""
        return as_json(self._openapi())

    async def root(self, _: Request) -> Reply:
        """``GET /``: on to the documents, which a browser follows."""
        return as_json({"docs": "docs"}, status=307)._replace(headers=TO_DOCS)

    async def docs(self, _: Request) -> Reply:
        """``GET /docs``."""
        served = self._model.current
        example = None if served is None else example_customer(served.champion.bundle)
        page = docs_page(self._openapi(), TITLES, example)
        return Reply(200, page.encode(), HTML_MEDIA, ALONE)

    def _served(self) -> Served:
        served = self._model.current
        if served is None:
            raise Problem(503, NOTHING)
        return served

    def _openapi(self) -> Mapping[str, Any]:
        served = self._model.current
        if self._document is None or self._document[0] is not served:
            document = openapi(self._settings, served, has_keys=self._has_keys)
            self._document = served, document
        return self._document[1]

    def _check_newer(self, release: Release) -> None:
        served = self._model.current
        if served is None:
            return
        if release.model != served.model:
            raise Problem(422, f"expected the model {served.model}", field="model")
        if release.sequence < served.sequence:
            raise Problem(
                409,
                f"expected sequence {served.sequence} or later, found "
                f"{release.sequence}",
                field="sequence",
            )
        active = read_active(self._state)
        if (
            active is not None
            and active.sequence == release.sequence
            and active.ledger_hash != release.ledger_hash
        ):
            raise Problem(
                409,
                f"expected the ledger of sequence {release.sequence} that is served, "
                "found another history",
                field="ledger_hash",
            )

    async def _verdict(self, release: Release, asked_at: float) -> int:
        """200 once the release is served here, 202 if that takes its time.

        Raises
        ------
        Problem
            422 if it was refused.
        """
        deadline = time.monotonic() + VERDICT_SECONDS
        while time.monotonic() < deadline:
            served = self._model.current
            if served is not None and served.sequence >= release.sequence:
                return 200
            status = read_status(self._state)
            refusal = status.refusal if status else None
            if refusal is not None and refusal.at >= asked_at:
                is_ours = refusal.sequence == release.sequence
                if is_ours and refusal.part == "release":
                    raise Problem(422, f"refused: {refusal.reason}")
            await asyncio.sleep(LOOK_SECONDS)
        return 202

    def _described(self) -> Mapping[str, Any]:
        served = self._model.current
        return {
            "serving": None if served is None else _served(served),
            "supervisor": read_status(self._state),
            "vetoes": read_vetoes(self._state),
            "workers": read_workers(self._state),
            "observer": read_observation(self._state),
        }


def _served(served: Served) -> Mapping[str, Any]:
    challenger = served.challenger
    return {
        "model": served.model,
        "sequence": served.sequence,
        "mode": served.mode,
        "weight": served.weight,
        "champion": _loaded(served.champion),
        "challenger": None if challenger is None else _loaded(challenger),
    }


def _loaded(loaded: Loaded) -> Mapping[str, Any]:
    return {
        "version": loaded.version,
        "bundle_sha256": loaded.bundle_sha256,
        "kind": loaded.bundle.kind,
        "features": loaded.inputs.names,
    }
