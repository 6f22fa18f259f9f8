"""Event tables of a source, landed in Delta tables of our own, a little at a time.

Of each table only rows at or after its watermark are read: the largest ``known_at``
landed so far, or ``event_time`` where a delay stands for it. Of those the ones that
were not landed before are appended. Rows are told apart by their values, and equal
ones by their number, so reading again adds nothing and a legitimate double stays two.

Values are kept as text, as if the source were a CSV file: a database's driver gives
a column another type from one reading to the next. ``first_seen_at`` says when a row
came here first.

- A moment after the clock's is a mistake of the source and moves no watermark.
- The watermark is looked for under the source's own name of the column. Where the
  source has no such column (a table's ``prepare`` renames it), where rows are known
  from when they were first seen, and where moments have no zone, all rows are read.
- A row that reaches the source with a ``known_at`` before the watermark is not found:
  such a source tells a lie about when it knew.
- A row that vanishes from the source stays: it was known.
- A table without times is replaced as a whole when it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from churn.dataset import FIRST_SEEN, RawTable
from churn.errors import SourceError
from storage.delta import (
    TableError,
    check_columns,
    columns_of,
    open_table,
    rows_of,
    told,
)
from storage.since import INSTANT, Since, instant
from storage.sources import Source, names_of, probe

Mode = Literal["append", "error", "overwrite"]

COPY = "#copy"
LANDING = "landing"


def land_tables(
    source: Source, tables: Mapping[str, RawTable], folder: str, *, now: datetime
) -> dict[str, pl.DataFrame]:
    """Land what is new, and return all that was ever landed, by table.

    Parameters
    ----------
    folder : str
        Folder or ``s3://`` address; each table is a Delta table below it.
    now : datetime, UTC
        When rows not landed before are seen first.

    Returns
    -------
    dict of table name to DataFrame
        Columns as in the source, as text, and ``first_seen_at``; sorted.

    Raises
    ------
    SourceError
        If a table or a column is missing, or cannot be read.
    TableError
        If what was landed came from another source or has other columns, or if
        another run lands the same table at the same time.
    """
    probe(source, tables)
    return {
        name: _Landed.opened(f"{folder}/{name}", source, found).land(tables[name], now)
        for name, found in names_of(source, tables).items()
    }


@dataclass(frozen=True)
class _Landed:
    """One table of the source and the Delta table it lands in."""

    url: str
    source: Source
    name: str
    columns: tuple[str, ...]
    table: DeltaTable | None

    @classmethod
    def opened(cls, url: str, source: Source, name: str) -> "_Landed":
        columns, table = source.columns(name), open_table(url)
        if FIRST_SEEN in columns:
            raise SourceError(
                f"table {name}: a column is named {FIRST_SEEN}, as is the one that "
                "landing adds; rename it in the source"
            )
        landed = cls(url, source, name, columns, table)
        if table is not None:
            landed.check(table)
        return landed

    def check(self, table: DeltaTable) -> None:
        """Refuse rows of another source or with other columns."""
        origin = table.metadata().description
        if origin != self.source.description:
            raise TableError(
                f"{self.url} holds rows of {origin}, and the source is "
                f"{self.source.description}; keep them in another folder or delete it"
            )
        text = dict.fromkeys(self.columns, pl.String())
        check_columns(self.url, {**text, FIRST_SEEN: INSTANT}, columns_of(table))

    def land(self, declared: RawTable, now: datetime) -> pl.DataFrame:
        before = self._rows()
        since = self._since(declared, before, now)
        read = self._read(since)
        if declared.event_time is None:
            after = self._replaced(read, before, now)
        else:
            again = before if since is None else before.filter(since.keeps(pl.String()))
            new = _seen(not_among(read, again.drop(FIRST_SEEN)), now)
            self._write(new, mode="append")
            after = pl.concat([before, new])
        return after.sort(FIRST_SEEN, *self.columns)

    def _rows(self) -> pl.DataFrame:
        columns = [*self.columns, FIRST_SEEN]
        if self.table is None:
            text = dict.fromkeys(self.columns, pl.String())
            return pl.DataFrame(schema={**text, FIRST_SEEN: INSTANT})
        with told(self.url):
            return rows_of(self.table, columns)

    def _since(
        self, declared: RawTable, landed: pl.DataFrame, now: datetime
    ) -> Since | None:
        """The watermark; None where all rows must be read."""
        column = declared.known_at or declared.event_time
        if column is None or column not in self.columns:
            return None
        moments = landed.select(
            at=instant(column, pl.String(), declared.time_zone)
        ).filter(pl.col("at") <= now)
        moment = moments["at"].max()
        if not isinstance(moment, datetime):
            return None
        # Rows of a declared delay arrive in any order within it.
        return Since(
            column, moment - (declared.delay or timedelta(0)), declared.time_zone
        )

    def _read(self, since: Since | None) -> pl.DataFrame:
        read = self.source.read(self.name, since)
        try:
            text = read.select(as_text(read, name) for name in self.columns)
        except pl.exceptions.PolarsError as error:
            reason = str(error).splitlines()[0]
            raise SourceError(f"table {self.name} cannot land: {reason}") from None
        return text if since is None else text.filter(since.keeps(pl.String()))

    def _replaced(
        self, read: pl.DataFrame, before: pl.DataFrame, now: datetime
    ) -> pl.DataFrame:
        known = before.drop(FIRST_SEEN)
        if len(read) == len(known) and not_among(read, known).is_empty():
            return before
        after = _seen(read, now)
        self._write(after, mode="overwrite")
        return after

    def _write(self, rows: pl.DataFrame, *, mode: Mode) -> None:
        if rows.is_empty() and mode == "append":
            return
        table = self.table
        if table is None:
            # Of two runs that land a table first, the second finds it there.
            mode, number = "error", 0
        else:
            number = table.transaction_version(LANDING) or 0
        with told(self.url):
            write_deltalake(
                table or self.url,
                rows,
                mode=mode,
                description=self.source.description,
                # Appends of two runs would both be kept: numbered, the second fails.
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(LANDING, number + 1)]
                ),
            )


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as text that is the same however the source stores its values."""
    dtype, column = frame.schema[name], pl.col(name)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            column = column.dt.convert_time_zone("UTC")
        return column.dt.cast_time_unit("us").cast(pl.String)
    if dtype.is_decimal() or dtype.is_float():
        # 3, 3.0 and 3.00 are one number.
        return (
            column.cast(pl.String)
            .str.replace(r"(\.\d*?)0+$", "${1}")
            .str.strip_suffix(".")
        )
    return column.cast(pl.String)


def not_among(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The rows that the others lack, each as often as they lack it."""
    columns = rows.columns
    numbered = [f.with_columns(_copy(columns)) for f in (rows, others.select(columns))]
    new = numbered[0].join(
        numbered[1],
        on=[*columns, COPY],
        how="anti",
        nulls_equal=True,
        maintain_order="left",
    )
    return new.drop(COPY)


def _copy(columns: list[str]) -> pl.Expr:
    """Which of the equal rows one is, from 0."""
    return pl.int_range(pl.len()).over(columns).alias(COPY)


def _seen(rows: pl.DataFrame, now: datetime) -> pl.DataFrame:
    return rows.with_columns(pl.lit(now, dtype=INSTANT).alias(FIRST_SEEN))
