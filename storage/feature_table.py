"""The features of every eligible customer at every snapshot date, in one Delta table.

A date is a partition and is replaced by one commit: whoever reads meanwhile, or
after a run was killed, finds the version before. ``built_from`` is the fingerprint
of what a date rests on; its rows are used only where it is equal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

import polars as pl
from deltalake import DeltaTable, write_deltalake

from churn.dataset import Dataset
from churn.eligibility import Frames, feature_rows, no_feature_rows
from churn.features.build import EXPIRES_AT
from churn.features.engine import DUCKDB, Engine
from churn.features.fingerprint import fingerprints
from churn.snapshots import SnapshotPlan, matured_dates
from storage.delta import (
    TABLES_URL,
    TableError,
    batches_of,
    check_columns,
    columns_of,
    open_table,
    rows_of,
    tables_url,
    told,
)

DATE = "snapshot_date"
BUILT_FROM = "built_from"

DATES_AT_ONCE = 6
"""Built together, since the raw tables are gone through once for all of them."""


@dataclass(frozen=True)
class Stored:
    """Rows of the dates whose fingerprints are equal, and the version they are of."""

    rows: pl.DataFrame | None
    version: int | None

    @property
    def description(self) -> str:
        """The version as lineage tells it."""
        return "none" if self.version is None else f"version {self.version}"


NOTHING = Stored(None, None)


class FeatureTable:
    """One data set's table, as of the newest version when it was opened."""

    def __init__(self, url: str, dataset: Dataset) -> None:
        self.url = url
        no_rows = no_feature_rows(dataset)
        self.schema = no_rows.with_columns(pl.lit("").alias(BUILT_FROM)).schema
        self._table = open_table(url)

    @classmethod
    def of(cls, dataset: Dataset, *, environ: Mapping[str, str]) -> Self:
        """The data set's table in the stack's store."""
        return cls(f"{tables_url(environ)}/features/{dataset.name}", dataset)

    @property
    def version(self) -> int | None:
        """Number of the version; None for a table that was never written."""
        return None if self._table is None else self._table.version()

    def dates(self) -> dict[date, str]:
        """The dates it has, each with what it was built from."""
        if self._table is None:
            return {}
        self._check(self._table, (DATE, BUILT_FROM))
        with told(self.url):
            kept = rows_of(self._table, (DATE, BUILT_FROM)).unique()
        return dict(kept.filter(pl.col(DATE).is_unique()).sort(DATE).rows())

    def read(self, dates: Iterable[date]) -> pl.DataFrame:
        """The feature rows of these dates, sorted by date and customer.

        Raises
        ------
        TableError
            If the table holds other features, or cannot be read.
        """
        columns = [name for name in self.schema if name != BUILT_FROM]
        days = list(dates)
        if self._table is None or not days:
            return self.schema.to_frame().select(columns)
        self._check(self._table, self.schema.names())
        with told(self.url):
            rows = rows_of(self._table, columns, [(DATE, "in", days)])
        return rows.sort(DATE, "customer_id")

    def parts(self, day: date, *, n_rows: int) -> Iterator[pl.DataFrame]:
        """The features of a date without their ages, at most so many rows at once.

        Raises
        ------
        TableError
            If the table holds other features, or cannot be read.
        """
        if self._table is None:
            return
        self._check(self._table, self.schema.names())
        names = [
            name
            for name in self.schema
            if name != BUILT_FROM and not name.endswith(EXPIRES_AT)
        ]
        with told(self.url):
            yield from batches_of(self._table, names, [(DATE, "=", day)], n_rows=n_rows)

    def count(self, dates: Iterable[date]) -> int:
        """The number of rows of these dates."""
        if self._table is None:
            return 0
        with told(self.url):
            return len(rows_of(self._table, (DATE,), [(DATE, "in", list(dates))]))

    def latest(self, dates: Iterable[date]) -> pl.DataFrame:
        """The newest row of each customer who has one on any of these dates."""
        rows = self.read(dates).sort(DATE, "customer_id")
        newest = rows.unique("customer_id", keep="last", maintain_order=True)
        return newest.sort("customer_id")

    def replace(self, day: date, rows: pl.DataFrame, built_from: str) -> None:
        """Make these the rows of a date, in one commit; without rows it has none.

        Raises
        ------
        TableError
            If the table holds other features, cannot be written, or another run
            replaced the same date meanwhile.
        """
        if self._table is not None:
            self._check(self._table, self.schema.names())
        if not (rows[DATE] == day).all():
            raise TableError(f"{self.url}: expected rows of {day} alone, found others")
        filled = rows.with_columns(pl.lit(built_from).alias(BUILT_FROM))
        with told(self.url):
            self._commit(day, filled.select(self.schema.names()))
        self._table = open_table(self.url)

    def _commit(self, day: date, rows: pl.DataFrame) -> None:
        of_day = f"{DATE} = '{day}'"
        if len(rows):
            write_deltalake(
                self._table or self.url,
                rows,
                mode="overwrite",
                predicate=of_day,
                partition_by=[DATE],
            )
        elif self._table is not None and day in self.dates():
            self._table.delete(of_day)

    def _check(self, table: DeltaTable, names: Sequence[str]) -> None:
        """Refuse a table with other columns; of some names, look at these alone."""
        found = columns_of(table)
        if len(names) < len(self.schema):
            found = pl.Schema({n: t for n, t in found.items() if n in names})
        check_columns(self.url, {name: self.schema[name] for name in names}, found)


def fill(
    table: FeatureTable,
    dataset: Dataset,
    frames: Frames,
    dates: Sequence[date],
    *,
    engine: Engine = DUCKDB,
) -> Iterator[tuple[date, int]]:
    """Build the dates that the table lacks or that rest on other data now.

    Yields each of them with its number of rows, as soon as it is stored.
    """
    at_hand, wanted = table.dates(), fingerprints(dataset, frames, dates)
    missing = [day for day in dates if at_hand.get(day) != wanted[day]]
    for first in range(0, len(missing), DATES_AT_ONCE):
        days = missing[first : first + DATES_AT_ONCE]
        built = feature_rows(dataset, frames, days, engine=engine)
        for day in days:
            rows = built.filter(pl.col(DATE) == day)
            table.replace(day, rows, wanted[day])
            yield day, len(rows)


def stored_features(
    dataset: Dataset,
    frames: Frames,
    plan: SnapshotPlan | None,
    *,
    as_of: datetime,
    environ: Mapping[str, str],
) -> Stored:
    """What the stack has of the matured dates, as far as it rests on these rows."""
    if plan is None or not environ.get(TABLES_URL):
        return NOTHING
    table = FeatureTable.of(dataset, environ=environ)
    at_hand = table.dates()
    dates = [day for day in matured_dates(plan, as_of=as_of) if day in at_hand]
    wanted = fingerprints(dataset, frames, dates)
    equal = [day for day in dates if at_hand[day] == wanted[day]]
    return Stored(table.read(equal), table.version) if equal else NOTHING
