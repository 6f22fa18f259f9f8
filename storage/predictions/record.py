"""The records of the prediction log, one JSON line each, told apart by ``kind``.

A field may be added, with a default, and none ever changes its meaning: segments of
older servers are still read. Numbers that JSON lacks (NaN) become null.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import msgspec

from churn.errors import ConfigError, HoldfastError
from churn.scoring.keys import referred

CUSTOMER_KEY = "HOLDFAST_CUSTOMER_KEY"
FEWEST_KEY_BYTES = 16
HASH_CHARACTERS = 32

Microseconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999_999)]
Row = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
SequenceNumber = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Value = float | int | str | bool | None


class BadLineError(HoldfastError):
    """A line of the log is no record."""


class Prediction(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="prediction",
):
    """One customer answered. ``row`` is the place within the request, from 0.

    ``arm`` is the one the customer is assigned to, ``version`` who answered; ``failed``
    says why the challenger did not. ``at_us`` counts from 1970 in UTC.
    """

    request_id: str
    row: Row
    at_us: Microseconds
    customer: str | None
    values: dict[str, Value]
    probability: Probability
    is_contacted: bool
    version: str
    sequence: SequenceNumber
    arm: str
    latency_us: Microseconds
    snapshot_date: date | None = None
    customer_value: float | None = None
    failed: str | None = None
    warnings: tuple[str, ...] = ()


class ShadowScore(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="shadow",
):
    """What the challenger would have said to a row that the champion answered.

    Without a ``probability`` it ``failed``, and here is why.
    """

    request_id: str
    row: Row
    at_us: Microseconds
    customer: str | None
    sequence: SequenceNumber
    version: str
    champion_version: str
    champion_probability: Probability
    champion_contacted: bool
    latency_us: Microseconds
    probability: Probability | None = None
    is_contacted: bool | None = None
    failed: str | None = None


class Feedback(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag="feedback",
):
    """What became known of a request after its answer."""

    request_id: str
    at_us: Microseconds
    customer: str | None = None
    truth: float | None = None
    reward: float | None = None


Record = Prediction | ShadowScore | Feedback

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


def encode(records: Sequence[Record]) -> bytes:
    """The records as lines, each with its end."""
    return _encoder.encode_lines(records)


def decode(line: bytes) -> Record:
    """One line without its end.

    Raises
    ------
    BadLineError
        Saying why, but nothing of what the line says.
    """
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError as error:
        # Of all its messages only the one on an unknown kind quotes a value.
        is_quoting = str(error).startswith("Invalid value")
        reason = "unknown kind" if is_quoting else str(error)
    except UnicodeDecodeError:
        reason = "invalid UTF-8"
    except RecursionError:
        reason = "nested too deeply"
    raise BadLineError(reason)


class CustomerHash:
    """How a customer is named in the log: by a keyed hash, or as is without a key."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "CustomerHash":
        """With the key that HOLDFAST_CUSTOMER_KEY refers to; without where not set.

        The reference is ``file:/path`` or ``env:NAME``.

        Raises
        ------
        ConfigError
            Never quoting the key.
        """
        reference = environ.get(CUSTOMER_KEY)
        return cls(_key(reference, environ) if reference else None)

    def name(self, customer_id: str) -> str:
        """The first 128 bits of HMAC-SHA256 in hexadecimal, or the id as it is."""
        if self._key is None:
            return customer_id
        return hmac.digest(self._key, customer_id.encode(), "sha256").hex()[
            :HASH_CHARACTERS
        ]


def _key(reference: str, environ: Mapping[str, str]) -> bytes:
    key = referred(reference, environ, setting=CUSTOMER_KEY).strip()
    if len(key) < FEWEST_KEY_BYTES:
        raise ConfigError(
            f"{CUSTOMER_KEY}: expected at least {FEWEST_KEY_BYTES} bytes in "
            f"{reference}, found {len(key)}; `openssl rand -hex 32` makes a key"
        )
    return key
