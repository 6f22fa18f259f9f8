"""Rows by day in a Delta table, a month a partition, changed a month at once.

So a thousand days are some thirty files, however often they were written. A change is
one commit: whoever reads meanwhile, or after a run was killed, finds what was there
before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from deltalake import DeltaTable, WriterProperties, write_deltalake

from storage.delta import (
    ConflictError,
    Filters,
    check_columns,
    columns_of,
    open_or_make,
    open_table,
    rows_of,
    told,
)

MONTH = "month"

ATTEMPTS = 20
"""Of a change that another one of the same month came before."""

TIDIED_EVERY = 20
"""Commits; then files and versions that nobody can need are removed."""

KEPT_HOURS = 7 * 24


@dataclass(frozen=True, kw_only=True)
class MonthTable:
    """One such table.

    Parameters
    ----------
    schema : Schema
        Its columns besides ``month``.
    day : str
        The column of dates that says which month a row is of.
    order : sequence of str
        Columns by which rows are sorted.
    way_out : str
        What to do where it cannot be read.
    """

    url: str
    schema: pl.Schema
    day: str
    order: Sequence[str]
    way_out: str
    environ: Mapping[str, str]

    def change(
        self, month: str, changed: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> None:
        """Let the rows of a month be what is made of them; none if that is the same.

        Raises
        ------
        TableError
            If the table cannot be written, or others never stop writing to the month.
        """
        for attempt in range(1, ATTEMPTS + 1):
            table = self._opened()
            kept = self._rows(table, [(MONTH, "=", month)])
            rows = changed(kept).sort(self.order)
            if rows.equals(kept):
                return
            try:
                with told(self.url, self.way_out):
                    _commit(table, rows.with_columns(pl.lit(month).alias(MONTH)), month)
            except ConflictError:
                if attempt == ATTEMPTS:
                    raise
            else:
                self._tidy()
                return

    def read(self, first: date, last: date) -> pl.DataFrame:
        """Rows of the days from ``first`` to ``last``, both included, in order.

        Raises
        ------
        TableError
            If the table cannot be read; there being none yet is no error.
        """
        table = open_table(self.url, self.way_out)
        if table is None:
            return self.schema.to_frame()
        check_columns(self.url, self._columns, columns_of(table))
        days: Filters = [(self.day, ">=", first), (self.day, "<=", last)]
        months: Filters = [
            (MONTH, ">=", month_of(first)),
            (MONTH, "<=", month_of(last)),
        ]
        return self._rows(table, months + days)

    @property
    def _columns(self) -> pl.Schema:
        return pl.Schema({MONTH: pl.String(), **self.schema})

    def _opened(self) -> DeltaTable:
        table = open_or_make(
            self.url,
            self._columns,
            partition_by=MONTH,
            bounds=(self.day,),
            environ=self.environ,
            way_out=self.way_out,
        )
        check_columns(self.url, self._columns, columns_of(table))
        return table

    def _rows(self, table: DeltaTable, among: Filters) -> pl.DataFrame:
        with told(self.url, self.way_out):
            rows = rows_of(table, self.schema.names(), among)
        return rows.cast(self.schema).sort(self.order)

    def _tidy(self) -> None:
        """Now and then remove the files that no version of the last week needs."""
        table = self._opened()
        if table.version() % TIDIED_EVERY:
            return
        with told(self.url, self.way_out):
            table.vacuum(retention_hours=KEPT_HOURS, dry_run=False, full=True)


def month_of(day: date) -> str:
    """The partition of a day, for example ``2025-11``."""
    return day.isoformat()[:7]


def _commit(table: DeltaTable, rows: pl.DataFrame, month: str) -> None:
    write_deltalake(
        table,
        rows.to_arrow(compat_level=pl.CompatLevel.oldest()),
        mode="overwrite",
        predicate=f"{MONTH} = '{month}'",
        writer_properties=WriterProperties(compression="ZSTD"),
    )
