"""One customer's features as stored bytes, and back.

A row is MessagePack of customer, day of the snapshot, values and expiries in the
order of its feature set: floats keep every bit, integers stay integers.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from churn.errors import HoldfastError
from churn.naming import suggestion
from churn.scoring.freshness import fresh, instant_us

Value = int | float | str | None
Dtype = Literal["Int64", "Float64", "String"]
Kind = Literal["number", "category"]

UNPUBLISHED = "nothing was published yet; run the pipeline features"
FIRST_DAY = date(1970, 1, 1)

SETS_KEPT = 2
"""A server may still need the features from before the last change of them."""


class OnlineStoreError(HoldfastError):
    """The online store is out of reach, or does not hold what was asked."""


class FeatureSet(msgspec.Struct, frozen=True, array_like=True):
    """Which features rows hold, in which order; ``expiring`` have a time to live."""

    names: tuple[str, ...]
    dtypes: tuple[Dtype, ...]
    expiring: tuple[str, ...]

    @property
    def version(self) -> str:
        """The same for the same features, and for no others."""
        return hashlib.sha256(msgspec.msgpack.encode(self)).hexdigest()[:16]


class StoredRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row as stored, whose names the feature set tells."""

    customer_id: str
    snapshot_day: int
    values: tuple[Value, ...]
    expires_us: tuple[int | None, ...]


@dataclass(frozen=True)
class OnlineRow:
    """What is known of a customer at the moment of reading.

    ``reasons`` says of each value that grew too old why it is None. How old the
    snapshot may be is for the reader to judge.
    """

    customer_id: str
    snapshot_date: date
    values: Mapping[str, Value]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Published:
    """What became of a batch: rows now readable, and rows older than those there."""

    n_rows: int
    n_older: int


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(StoredRow)


def key_of(customer_id: str) -> bytes:
    """The key under which a customer's row is kept; any text has one."""
    return customer_id.encode("utf-8", "surrogatepass")


def answer(
    features: FeatureSet,
    customer_ids: Sequence[str],
    found: Sequence[bytes | None],
    *,
    at: datetime,
) -> list[OnlineRow | None]:
    """A row for each customer asked, in order; None for who is unknown.

    Raises
    ------
    OnlineStoreError
        If a row is another customer's, or not of these features.
    """
    at_us = instant_us(at)
    return [
        None if stored is None else _opened(stored, features, customer_id, at_us)
        for customer_id, stored in zip(customer_ids, found, strict=True)
    ]


def _opened(
    stored: bytes, features: FeatureSet, customer_id: str, at_us: int
) -> OnlineRow:
    row = decoded(stored)
    if row.customer_id != customer_id:
        raise OnlineStoreError(
            "expected the row of the customer that was asked for, found another's in "
            "the online store; publish the features again"
        )
    try:
        values = dict(zip(features.names, row.values, strict=True))
        expires_us = dict(zip(features.expiring, row.expires_us, strict=True))
    except ValueError:
        raise unreadable() from None
    kept, reasons = fresh(values, expires_us, at_us=at_us)
    day = FIRST_DAY + timedelta(days=row.snapshot_day)
    return OnlineRow(customer_id, day, kept, reasons)


def decoded(stored: bytes) -> StoredRow:
    """Undo the encoding.

    Raises
    ------
    OnlineStoreError
        If the bytes are no row.
    """
    try:
        return DECODER.decode(stored)
    except msgspec.DecodeError:
        raise unreadable() from None


def unreadable() -> OnlineStoreError:
    """A row was written by something else; its content is not shown."""
    return OnlineStoreError(
        "expected a row of the published features, found other bytes in the online "
        "store; publish the features again"
    )


def chosen(
    published: Sequence[FeatureSet], needs: Mapping[str, Kind], where: str
) -> FeatureSet:
    """The newest feature set that has all the features needed.

    Parameters
    ----------
    published : sequence of FeatureSet, newest first
    needs : mapping of feature to kind
    where : str
        Address and data set, for the error.

    Raises
    ------
    OnlineStoreError
        If none has; naming what the newest one lacks.
    """
    if not published:
        raise OnlineStoreError(f"{where}: {UNPUBLISHED}")
    for features in published:
        if _lacking(features, needs) is None:
            return features
    name = str(_lacking(published[0], needs))
    known = dict(zip(published[0].names, published[0].dtypes, strict=True))
    found = (
        f"it is published as {known[name]}"
        if name in known
        else f"published are other features, {suggestion(name, known)}"
    )
    raise OnlineStoreError(
        f"{where}: expected feature {name} as a {needs[name]}; {found}; publish "
        "features that fit the model, or serve a model that fits them"
    )


def _lacking(features: FeatureSet, needs: Mapping[str, Kind]) -> str | None:
    kinds = {
        name: "category" if dtype == "String" else "number"
        for name, dtype in zip(features.names, features.dtypes, strict=True)
    }
    return next((name for name in needs if kinds.get(name) != needs[name]), None)
