"""The time to live of a value, asked again at the moment of reading."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Value = TypeVar("Value")


def instant_us(at: datetime) -> int:
    """An instant as integer microseconds since 1970 UTC.

    Raises
    ------
    TypeError
        For a moment without a zone: nobody knows when it was.

    Examples
    --------
    >>> instant_us(datetime(1970, 1, 1, 1, tzinfo=UTC))
    3600000000
    """
    return (at - EPOCH) // MICROSECOND


def fresh(
    values: Mapping[str, Value], expires_us: Mapping[str, int | None], *, at_us: int
) -> tuple[dict[str, Value | None], dict[str, str]]:
    """The values that still count, and why others do not.

    A value counts up to its instant, that one included: with
    ``expires_us = event_time + ttl`` that is ``T - event_time <= ttl``, the rule
    by which a snapshot is built.

    Parameters
    ----------
    values : mapping of feature to value
    expires_us : mapping of feature to integer microseconds since 1970 UTC, or None
        Only features with a time to live; None: no event, so nothing grows old.
    at_us : int
        When the values are read.

    Returns
    -------
    dict, dict
        Every feature, None where its instant has passed; the reasons of those.

    Examples
    --------
    >>> fresh({"plan": "pro", "logins": 3}, {"plan": 0}, at_us=1)
    ... # doctest: +NORMALIZE_WHITESPACE
    ({'plan': None, 'logins': 3},
     {'plan': 'older than its time to live since 1970-01-01T00:00:00Z'})
    """
    kept: dict[str, Value | None] = dict(values)
    reasons = {}
    for name, instant in expires_us.items():
        if instant is not None and at_us > instant:
            kept[name] = None
            reasons[name] = f"older than its time to live since {_text(instant)}"
    return kept, reasons


def _text(instant: int) -> str:
    moment = (EPOCH + instant * MICROSECOND).replace(tzinfo=None)
    return f"{moment.isoformat()}Z"
