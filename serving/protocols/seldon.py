"""Seldon's first protocol: SeldonMessages in and out, and feedback."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from serving.limits import check_depth, check_every_key
from serving.problems import Problem, unreadable
from serving.protocols.tables import RequestId, rows_of
from serving.scoring import Row, Scored

LARGEST = sys.float_info.max
NAMES = ("probability", "expected_net_value_eur", "is_contacted")


class Tensor(msgspec.Struct, forbid_unknown_fields=True):
    """A matrix of numbers, row by row."""

    shape: tuple[int, int]
    values: list[float]


class Data(msgspec.Struct, forbid_unknown_fields=True):
    """A table, its columns named or in the model's order."""

    names: list[str] | UnsetType = UNSET
    ndarray: list[list[Any]] | None = None
    tensor: Tensor | None = None


class Meta(msgspec.Struct):
    """About a message; ``puid`` is its id. What else it holds is Seldon's affair."""

    puid: RequestId | None = None


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """A SeldonMessage; of its kinds of payload, tables and JSON are understood."""

    data: Data | UnsetType = UNSET
    jsonData: Any = UNSET  # noqa: N815 (Seldon's names)
    strData: Any = UNSET  # noqa: N815
    binData: Any = UNSET  # noqa: N815
    customData: Any = UNSET  # noqa: N815
    meta: Meta | UnsetType = UNSET
    status: Any = UNSET

    @property
    def puid(self) -> str | None:
        """The message's id."""
        return self.meta.puid if isinstance(self.meta, Meta) else None


class FeedbackBody(msgspec.Struct, forbid_unknown_fields=True):
    """What became known of a prediction: the truth, or a reward."""

    request: Message | None = None
    response: Message | None = None
    truth: Message | None = None
    reward: float | None = None


_messages = msgspec.json.Decoder(Message)
_feedbacks = msgspec.json.Decoder(FeedbackBody)


def read(content: bytes, *, most_depth: int) -> Message:
    """The message that was posted.

    Raises
    ------
    Problem
    """
    return _read(_messages, content, most_depth)


def read_feedback(content: bytes, *, most_depth: int) -> FeedbackBody:
    """The feedback that was posted.

    Raises
    ------
    Problem
    """
    return _read(_feedbacks, content, most_depth)


def table_of(message: Message, features: Sequence[str], *, most_rows: int) -> list[Row]:
    """The rows of a message's table.

    Raises
    ------
    Problem
    """
    data = message.data
    if data is UNSET:
        raise Problem(
            422, "expected data with ndarray or tensor, or jsonData", field="data"
        )
    if (data.ndarray is None) == (data.tensor is None):
        raise Problem(422, "expected either ndarray or tensor", field="data")
    names = list(features) if data.names is UNSET else data.names
    if data.tensor is not None:
        table = _table(data.tensor, len(names))
        return rows_of(names, table, field="data.tensor", most_rows=most_rows)
    lines = data.ndarray or []
    return rows_of(names, lines, field="data.ndarray", most_rows=most_rows)


def answer(
    message: Message, found: Sequence[Scored], *, request_id: str
) -> Mapping[str, Any]:
    """What is answered, as tensor or ndarray like the question."""
    table = [
        [one.probability, one.expected_net_value_eur, float(one.is_contacted)]
        for one in found
    ]
    is_tensor = message.data is not UNSET and message.data.tensor is not None
    shape = [len(table), len(NAMES)]
    values = {"shape": shape, "values": [value for row in table for value in row]}
    content = {"tensor": values} if is_tensor else {"ndarray": table}
    tags: dict[str, Any] = {"model_version": sorted({one.version for one in found})}
    if len(tags["model_version"]) == 1:
        tags["model_version"] = found[0].version
    if any(one.warnings for one in found):
        tags["warnings"] = [one.warnings for one in found]
    return {"data": {"names": NAMES, **content}, "meta": _meta(request_id, tags)}


def json_answer(content: Any, *, request_id: str) -> Mapping[str, Any]:
    """Our own answer within a SeldonMessage."""
    return {"jsonData": content, "meta": _meta(request_id, {})}


def puid_of(feedback: FeedbackBody) -> str:
    """The request that feedback is about.

    Raises
    ------
    Problem
    """
    for message in (feedback.response, feedback.request):
        if message is not None and message.puid:
            return message.puid
    raise Problem(
        422,
        "expected the meta.puid of the response that the feedback is about",
        field="response.meta.puid",
    )


def truth_of(feedback: FeedbackBody) -> float | None:
    """The true outcome, one number; None where only a reward is given.

    Raises
    ------
    Problem
    """
    truth = feedback.truth
    if truth is None:
        if feedback.reward is None:
            raise Problem(422, "expected a truth or a reward", field="truth")
        return None
    found: Any = None
    if truth.data is not UNSET and truth.data.tensor is not None:
        found = truth.data.tensor.values
    elif truth.data is not UNSET:
        found = truth.data.ndarray
    elif truth.jsonData is not UNSET:
        found = truth.jsonData
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    # A whole number may be too large for any float; what is none is in no range.
    if type(found) not in (int, float) or not abs(found) <= LARGEST:
        raise Problem(422, "expected one number", field="truth")
    return float(found)


def _table(tensor: Tensor, n_columns: int) -> list[list[Any]]:
    n_rows, found = tensor.shape
    if found != n_columns or n_rows * found != len(tensor.values):
        raise Problem(
            422,
            f"expected {n_columns} columns and as many values as the shape says, found "
            f"{found} columns and {len(tensor.values)} values",
            field="data.tensor.shape",
        )
    starts = range(0, len(tensor.values), n_columns)
    return [list(tensor.values[start : start + n_columns]) for start in starts]


def _meta(request_id: str, tags: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"puid": request_id, "tags": tags}


def _read(decoder: "msgspec.json.Decoder[Any]", content: bytes, most_depth: int) -> Any:
    try:
        message = decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    check_depth(content, most_depth)
    check_every_key(content)
    return message
