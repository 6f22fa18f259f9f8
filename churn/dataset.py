"""What one business declares: its raw tables, its label, its features.

Everything here is data about data; reading, checking and computing are done
elsewhere, the same way for every business.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import dataframely as dy
import polars as pl

from churn.features.declarations import Feature

# What reading adds to a table whose source does not tell when a row became known.
FIRST_SEEN = "first_seen_at"


def unchanged(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave a raw table as it was read."""
    return frame


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """One table as the source system has it.

    Parameters
    ----------
    schema : type of dataframely.Schema
        Types, ranges, keys and named rules that a good row satisfies.
    prepare : callable
        Resolves known quirks of the source (blanks, text dates) before the
        contract casts and checks. Row-preserving; never drops or repairs a row
        that breaks the contract.
    event_time, known_at : str or None
        Columns of the two time axes. A table with ``event_time`` has ``known_at``
        too, or a ``delay``. ``known_at="first_seen_at"``: the source does not tell;
        a row is known from when it was first read here.
    delay : timedelta or None
        How long after ``event_time`` a row reaches us, where no column tells.
    time_zone : str or None
        Zone of moments that come without one, for example ``Europe/London``.
        None: such moments are refused, for nobody knows when they were.
    event_id : str or None
        Rows with the same id are versions of one event; the one known last by T
        counts. None: each row is an event.
    customer : bool
        True for the table with one customer a row, which all others refer to.
    """

    schema: type[dy.Schema]
    prepare: Callable[[pl.DataFrame], pl.DataFrame] = unchanged
    event_time: str | None = None
    known_at: str | None = None
    delay: timedelta | None = None
    time_zone: str | None = None
    event_id: str | None = None
    customer: bool = False

    def known(self) -> pl.Expr | None:
        """When a row became known, UTC; None for a table without times."""
        if self.event_time is None:
            return None
        moment = pl.col(self.known_at or self.event_time)
        moment = moment.dt.convert_time_zone("UTC")
        return moment if self.delay is None else moment + self.delay


@dataclass(frozen=True, kw_only=True)
class Label:
    """Churn as an event that happens, or fails to happen, in the label window.

    ``outcome="occurs"``: churn is an event of ``table`` with ``where`` in the
    window; customers for whom it occurs in the lead time are at risk no longer
    and get no label. ``outcome="absent"``: churn is that no such event occurs.
    """

    table: str
    where: str
    outcome: Literal["occurs", "absent"]


Direction = Literal["never_falls", "never_rises", "never_moves"]


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """How a score must answer to a change of a customer, whoever the customer is.

    Parameters
    ----------
    meaning : str
        One sentence that the business would defend.
    change : mapping of feature to SQL
        Its value after the change, over the values before. What is made of changed
        features follows by itself; what else a change implies must be stated.
    direction : {"never_falls", "never_rises", "never_moves"}
        What the probability of churn does when the change is made.
    where : str or None
        SQL over features: whom it is about.
    """

    name: str
    meaning: str
    change: Mapping[str, str]
    direction: Direction
    where: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A business as Holdfast sees it.

    Parameters
    ----------
    kind : {"events", "table"}
        Events: snapshots are built on a grid of dates. Table: a row is one.
    customer_value : str
        SQL over feature names (events) or columns (table): money per year.
    eligible : str or None
        SQL over feature names; who is a customer at T. Events only.
    label : Label or None
        Events only.
    churn_column : str or None
        Table only; the boolean column of the parsed table that says churned.
    refused : mapping of column to reason
        Columns that must never become features.
    slices : mapping of name to SQL
        Groups shown on the scorecard: SQL over features yielding the group's text.
    expectations : tuple of Expectation
        Tried on every model before it may go on.
    """

    name: str
    kind: Literal["events", "table"]
    tables: Mapping[str, RawTable]
    features: tuple[Feature, ...]
    customer_value: str
    eligible: str | None = None
    label: Label | None = None
    churn_column: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    slices: Mapping[str, str] = field(default_factory=dict)
    expectations: tuple[Expectation, ...] = ()

    @property
    def model_features(self) -> tuple[Feature, ...]:
        """The features a model may use, in declared order."""
        return tuple(f for f in self.features if f.in_model)
