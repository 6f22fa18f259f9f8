"""What a feature is, declared and not programmed.

A declaration names a raw table, a column and a window. It holds no code that
runs on data, so that one declaration means the same in every engine, and the
rule ``event_time <= T and known_at <= T`` is added by the compiler alone.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "category"]
Aggregate = Literal["sum", "count", "mean", "min", "max", "distinct", "last"]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """What every feature states about itself.

    Parameters
    ----------
    name : str
        Column name in the snapshot table, unit as suffix.
    unit : str
        For example ``days``, ``cents``, ``events``, ``share``, ``text``.
    meaning : str
        One sentence a retention manager understands.
    kind : {"number", "category"}
        Numbers may be missing (null); categories are text, missing is its own.
    log1p : bool
        The linear model also sees ``log(1 + x)``; trees do not need it.
    in_model : bool
        False for what only eligibility or customer value needs.
    """

    name: str
    unit: str
    meaning: str
    kind: Kind = "number"
    log1p: bool = False
    in_model: bool = True


@dataclass(frozen=True, kw_only=True)
class Windowed(Feature):
    """An aggregate of the events in ``(T - window_days, T]``, or of all by T.

    ``where`` is an SQL condition on the table's columns. Sums and counts,
    distinct ones too, of nothing are 0; every other aggregate of nothing is
    null. ``last`` is the column's value in the last such event, be it null.
    """

    table: str
    aggregate: Aggregate
    column: str | None = None
    window_days: int | None = None
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Share(Feature):
    """Share of the events in the window for which ``condition`` holds; null of none.

    An event for which the condition is null counts as one for which it does not
    hold. ``where`` restricts which events are looked at in the first place.
    """

    table: str
    condition: str
    window_days: int | None = None
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recency(Feature):
    """Days from the last event (with ``where``, if given) to T; null if none."""

    table: str
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attribute(Feature):
    """The value of ``column`` in the customer's last row of ``table`` as known at T.

    A value whose event lies more than ``ttl_days`` back is null, with a reason.
    """

    table: str
    column: str
    ttl_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Age(Feature):
    """Days from the first event of ``table`` to T; null if there is none."""

    table: str


@dataclass(frozen=True, kw_only=True)
class Ratio(Feature):
    """One feature divided by another, times ``scale``; null where the divisor is 0."""

    numerator: str
    denominator: str
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Difference(Feature):
    """One feature minus another, each times its scale (windows of unequal length)."""

    minuend: str
    subtrahend: str
    minuend_scale: float = 1.0
    subtrahend_scale: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Slope(Feature):
    """Change of a daily rate per day: the recent window against the time before it.

    ``recent`` and ``whole`` are sums or counts of the same thing over the last
    ``a < b`` days. The rate is ``R = recent / a`` in the last ``a`` days and
    ``E = (whole - recent) / (b - a)`` in those before; the middles of the two
    lie ``b / 2`` days apart. The slope is ``(R - E) / (b / 2)``, computed as
    ``2 (b recent - a whole) / (a b (b - a))``: integers up to one division.
    """

    recent: str
    whole: str


@dataclass(frozen=True, kw_only=True)
class Column(Feature):
    """A column of a table in which a customer has one row, without a time.

    In a table-like data set ``table`` is left out: its row is the snapshot.
    Elsewhere it names a table without ``event_time``; what it says is taken to
    have been true and known at any time, so it must never change.
    """

    column: str
    table: str | None = None
