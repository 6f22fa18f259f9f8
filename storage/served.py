"""The prediction log as days of scores, a part at a time: it may be larger than memory.

A row's day is that of the features it was scored on: its ``snapshot_date``, or the day
it was asked where the request brought its features along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from storage.predictions.history import bad_lines, feedback, logged_days, logged_on
from storage.predictions.ship import PREDICTIONS_URL

SCORED_ON = "scored_on"
CUSTOMER = "customer"
SLACK = timedelta(days=1)
"""A segment may be begun the day before its rows are asked."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class ServedLog:
    """One model's answers in the stack's store; those of a day come in several parts.

    Its methods raise a ``TableError`` where a table cannot be read.
    """

    url: str
    model: str

    @classmethod
    def of(cls, model: str, environ: Mapping[str, str]) -> "ServedLog | None":
        """The log that the stack keeps; None where it keeps none."""
        url = environ.get(PREDICTIONS_URL)
        return cls(url.rstrip("/"), model) if url else None

    def parts(self, since: date) -> list[date]:
        """When the parts were logged that may hold rows of a day or of later ones."""
        return [d for d in logged_days(self.url, self.model) if d >= since - SLACK]

    def part(
        self, logged: date, period: Period, columns: Sequence[str] = ()
    ) -> pl.DataFrame:
        """The rows of a part that were scored on the features of the period's days.

        Returns
        -------
        DataFrame
            ``scored_on``, ``customer`` (a name of its own where nobody knows whose row
            it is), ``version``, ``request_id`` and the columns asked for.
        """
        fixed = ["request_id", "row", CUSTOMER, "snapshot_date", "version"]
        rows = logged_on(self.url, self.model, logged, [*fixed, *columns])
        told = rows.select(
            pl.coalesce("snapshot_date", pl.col("at").dt.date()).alias(SCORED_ON),
            pl.coalesce(CUSTOMER, pl.format("{}/{}", "request_id", "row")),
            "version",
            "request_id",
            *columns,
        )
        return told.filter(pl.col(SCORED_ON).is_between(period.first, period.last))

    def last_day(self) -> date | None:
        """The newest day that anybody was scored on; None where nobody was."""
        logged = logged_days(self.url, self.model)
        if not logged:
            return None
        newest = self.part(logged[-1], Period(date.min, date.max))
        return newest.select(pl.max(SCORED_ON)).item() if len(newest) else logged[-1]

    def fed_back(self) -> pl.DataFrame:
        """What was fed back last of each request: ``request_id``, ``fed_back``.

        A truth that is neither 0 nor 1 says nothing.
        """
        told = feedback(self.url, self.model, since=EVER)
        known = told.filter(pl.col("truth").is_in([0.0, 1.0]))
        last = known.unique("request_id", keep="last", maintain_order=True)
        return last.select("request_id", fed_back=pl.col("truth") == 1)

    def n_bad_lines(self, since: date) -> int:
        """Lines that could not be read, such as of a segment cut in half."""
        return len(bad_lines(self.url, self.model, since=since))
