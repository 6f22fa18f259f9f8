"""Our own protocol: ``POST /predict``, one customer or many."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from churn.errors import InputError
from churn.scoring.reasons import Reason
from serving.limits import check_depth, check_keys
from serving.metrics import DECISIONS
from serving.problems import Problem, unreadable
from serving.protocols.seldon import Message
from serving.protocols.tables import check_rows
from serving.scoring import Row, Scored

CustomerId = Annotated[str, Meta(min_length=1, max_length=256)]
CustomerValue = Annotated[float, Meta(ge=0, le=1e12)]


class Customer(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One customer as asked for: by values, or by name from the online store."""

    customer_id: CustomerId | None = None
    customer_value: CustomerValue | None = None
    values: dict[str, Any] | None = None


class Native(msgspec.Struct, forbid_unknown_fields=True):
    """A customer, or ``customers``."""

    customer_id: CustomerId | None = None
    customer_value: CustomerValue | None = None
    values: dict[str, Any] | None = None
    customers: list[Customer] | None = None


class Prediction(msgspec.Struct, gc=False):
    """One customer's answer."""

    customer_id: str | None
    model_version: str
    probability: float
    decision: str
    threshold: float | None
    expected_net_value_eur: float
    warnings: tuple[str, ...]
    base_probability: float | UnsetType
    reasons: list[Reason] | UnsetType


class Answer(msgspec.Struct):
    """The answer to one request; ``model_version`` is null where they differ."""

    request_id: str
    model_version: str | None
    predictions: list[Prediction]


_decoder = msgspec.json.Decoder(Native)
_names = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read(content: bytes, *, most_depth: int) -> Native | None:
    """What was posted to ``/predict``; None for a SeldonMessage.

    Raises
    ------
    Problem
    """
    try:
        body = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if isinstance(error, msgspec.ValidationError) and _is_message(content):
            return None
        raise unreadable(error) from None
    check_depth(content, most_depth, n_known=_n_brackets(body))
    check_keys(content, _n_keys(body))
    return body


def _is_message(content: bytes) -> bool:
    """Whether all keys are a SeldonMessage's, and there is one."""
    try:
        names = _names.decode(content).keys()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return bool(names) and names <= set(Message.__struct_fields__)


def customers_of(body: Native, *, most_rows: int) -> Sequence[Customer | Native]:
    """The customers asked for.

    Raises
    ------
    Problem
    """
    if body.customers is None:
        return (body,)
    if _n_keys_of(body):
        raise Problem(422, "expected either customers or one customer, found both")
    check_rows(len(body.customers), most_rows, field="customers")
    return body.customers


def answer(rows: Sequence[Row], found: Sequence[Scored], *, request_id: str) -> Answer:
    """What is answered, in the order asked."""
    predictions = [
        Prediction(
            row.customer_id,
            scored.version,
            scored.probability,
            DECISIONS[scored.is_contacted],
            scored.threshold,
            scored.expected_net_value_eur,
            scored.warnings,
            UNSET if scored.base_probability is None else scored.base_probability,
            UNSET if scored.reasons is None else scored.reasons,
        )
        for row, scored in zip(rows, found, strict=True)
    ]
    return Answer(request_id, one_version(found), predictions)


def one_version(found: Sequence[Scored]) -> str | None:
    """The version of all answers; None where a canary answered some."""
    version = found[0].version
    return version if all(one.version == version for one in found) else None


def refused(error: InputError, *, is_many: bool) -> Problem:
    """The problem with a customer's value, naming its place."""
    place = f"customers[{error.row}]." if is_many else ""
    is_value = error.field == "customer_value"
    path = f"{place}{'' if is_value else 'values.'}{error.field}"
    return Problem(422, str(error), field=path)


def _n_keys(body: Native) -> int:
    """Keys in all objects of a body; null counts as absent."""
    n_keys = _n_keys_of(body)
    if body.customers is not None:
        n_keys += 1 + sum(map(_n_keys_of, body.customers))
    return n_keys


def _n_brackets(body: Native) -> int:
    """Objects and lists of a body, without those within values."""
    customers = body.customers or ()
    n_lists = body.customers is not None
    n_values = sum(one.values is not None for one in (body, *customers))
    return 1 + n_lists + len(customers) + n_values


def _n_keys_of(one: Native | Customer) -> int:
    n_keys = (one.customer_id is not None) + (one.customer_value is not None)
    return n_keys if one.values is None else n_keys + 1 + len(one.values)
