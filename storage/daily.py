"""Documents by day and key in a Delta table: small, replaced whole, never lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

import polars as pl

from storage.delta import tables_url
from storage.months import MonthTable, month_of

SCHEMA = pl.Schema(
    {
        "day": pl.Date(),
        "key": pl.String(),
        "document": pl.String(),
        "written_at": pl.Datetime("us", "UTC"),
    }
)
WAY_OUT = "restore it, or delete it and run the pipeline again for the days to keep"


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
        self._table = MonthTable(
            url=url,
            schema=SCHEMA,
            day="day",
            order=("day", "key"),
            way_out=WAY_OUT,
            environ=environ,
        )

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
        self._table.change(
            month_of(day), lambda kept: _replaced(kept, day, documents, written_at)
        )

    def read(self, since: date, until: date) -> list[Stored]:
        """Documents of the days from ``since`` to ``until``, both included, in order.

        Raises
        ------
        TableError
            If the table cannot be read; there being none yet is no error.
        """
        rows = self._table.read(since, until)
        return [Stored(**row) for row in rows.iter_rows(named=True)]


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
        [(day, key, text, written_at) for key, text in new.items() if text is not None],
        schema=SCHEMA,
        orient="row",
    )
    is_replaced = (pl.col("day") == day) & pl.col("key").is_in(list(new))
    return pl.concat([kept.filter(~is_replaced), told_of])
