"""Documents by day and key in a Delta table: small, replaced whole, never lost.

A month is a partition, so that a thousand days are some thirty files. ``put`` is one
commit: whoever reads meanwhile, or after a run was killed, finds what was there before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

import polars as pl
from deltalake import (
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)

from storage.delta import (
    ConflictError,
    Filters,
    check_columns,
    columns_of,
    open_or_make,
    open_table,
    rows_of,
    tables_url,
    told,
)

MONTH = "month"
SCHEMA = pl.Schema(
    {
        MONTH: pl.String(),
        "day": pl.Date(),
        "key": pl.String(),
        "document": pl.String(),
        "written_at": pl.Datetime("us", "UTC"),
    }
)
WAY_OUT = "restore it, or delete it and run the pipeline again for the days to keep"

ATTEMPTS = 20
"""Of a write that another one of the same month came before."""

TIDIED_EVERY = 20
"""Commits; then files and versions that nobody can need are removed."""

KEPT_HOURS = 7 * 24


@dataclass(frozen=True)
class Stored:
    """One document as it was put last."""

    day: date
    key: str
    document: str
    written_at: datetime


class DailyDocuments:
    """The documents of one table."""

    def __init__(self, url: str, *, environ: Mapping[str, str]) -> None:
        self.url = url
        self._environ = environ

    @classmethod
    def of(cls, name: str, *, environ: Mapping[str, str]) -> Self:
        """A table of the stack, for example ``health/bank``.

        Raises
        ------
        ConfigError
            If the stack names no tables.
        """
        return cls(f"{tables_url(environ)}/{name}", environ=environ)

    def put(
        self, day: date, documents: Mapping[str, str | None], *, written_at: datetime
    ) -> None:
        """Make these the documents of their keys on a day, all or none of them.

        None removes a key's document. Other keys and days stay as they are; so does
        what is the same already.

        Raises
        ------
        TableError
            If the table cannot be written, or others never stop writing to the month.
        """
        for attempt in range(1, ATTEMPTS + 1):
            table = self._opened()
            kept = _rows(table, self.url, [(MONTH, "=", _month(day))])
            rows = _replaced(kept, day, documents, written_at)
            if rows.equals(kept):
                return
            try:
                with told(self.url, WAY_OUT):
                    _commit(table, rows, _month(day))
            except ConflictError:
                if attempt == ATTEMPTS:
                    raise
            else:
                self._tidy()
                return

    def read(self, since: date, until: date) -> list[Stored]:
        """Documents of the days from ``since`` to ``until``, both included, in order.

        Raises
        ------
        TableError
            If the table cannot be read; there being none yet is no error.
        """
        table = open_table(self.url, WAY_OUT)
        if table is None:
            return []
        check_columns(self.url, SCHEMA, columns_of(table))
        days: Filters = [("day", ">=", since), ("day", "<=", until)]
        months: Filters = [(MONTH, ">=", _month(since)), (MONTH, "<=", _month(until))]
        rows = _rows(table, self.url, months + days)
        return [Stored(**row) for row in rows.drop(MONTH).iter_rows(named=True)]

    def _opened(self) -> DeltaTable:
        table = open_or_make(
            self.url,
            SCHEMA,
            partition_by=MONTH,
            bounds=("day",),
            environ=self._environ,
            way_out=WAY_OUT,
        )
        check_columns(self.url, SCHEMA, columns_of(table))
        return table

    def _tidy(self) -> None:
        """Now and then remove the files that no version of the last week needs."""
        table = self._opened()
        if table.version() % TIDIED_EVERY:
            return
        with told(self.url, WAY_OUT):
            table.vacuum(retention_hours=KEPT_HOURS, dry_run=False, full=True)


def _rows(table: DeltaTable, url: str, among: Filters) -> pl.DataFrame:
    with told(url, WAY_OUT):
        rows = rows_of(table, SCHEMA.names(), among)
    return rows.cast(SCHEMA).sort("day", "key")


def _replaced(
    kept: pl.DataFrame,
    day: date,
    documents: Mapping[str, str | None],
    written_at: datetime,
) -> pl.DataFrame:
    """The rows of a month once the documents stand in it."""
    same = {
        row["key"]
        for row in kept.filter(pl.col("day") == day).iter_rows(named=True)
        if documents.get(row["key"]) == row["document"]
    }
    new = {key: text for key, text in documents.items() if key not in same}
    told_of = pl.DataFrame(
        [
            (_month(day), day, key, text, written_at)
            for key, text in new.items()
            if text is not None
        ],
        schema=SCHEMA,
        orient="row",
    )
    is_replaced = (pl.col("day") == day) & pl.col("key").is_in(list(new))
    return pl.concat([kept.filter(~is_replaced), told_of]).sort("day", "key")


def _commit(table: DeltaTable, rows: pl.DataFrame, month: str) -> None:
    # Two first writes of a month overwrite nothing: numbered, the second fails.
    number = (table.transaction_version(month) or 0) + 1
    write_deltalake(
        table,
        rows.to_arrow(compat_level=pl.CompatLevel.oldest()),
        mode="overwrite",
        predicate=f"{MONTH} = '{month}'",
        writer_properties=WriterProperties(compression="ZSTD"),
        commit_properties=CommitProperties(
            app_transactions=[Transaction(month, number)]
        ),
    )


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
