"""The label rows that anybody ever handed over, so that later looks know them too.

A row is kept once, with the file and the place where it stood first. What counts of
them all is settled anew each time they are read: as if all files came at once.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Self

import polars as pl

from churn.monitoring.labels import FILE, KEY, KNOWN_AT, PLACED, ROW
from storage.delta import tables_url
from storage.months import MonthTable, month_of

DAY = "snapshot_date"
SAID = (*KEY, "is_churn", KNOWN_AT)
"""What makes two rows the same, wherever they stand."""


class LabelTable:
    """The labels of one model's customers."""

    def __init__(self, url: str, *, environ: Mapping[str, str]) -> None:
        self.url = url
        self._table = MonthTable(
            url=url,
            schema=PLACED,
            day=DAY,
            order=(DAY, "customer_id", KNOWN_AT, "is_churn", FILE, ROW),
            way_out="restore it, or delete it and give the label files again",
            environ=environ,
        )

    @classmethod
    def of(cls, model: str, *, environ: Mapping[str, str]) -> Self:
        """The table of a model.

        Raises
        ------
        ConfigError
            If the stack names no tables.
        """
        return cls(f"{tables_url(environ)}/labels/{model}", environ=environ)

    def keep(self, rows: pl.DataFrame) -> None:
        """Add what is not there yet; a month at a time, repeated it adds nothing.

        Parameters
        ----------
        rows : DataFrame
            Columns ``churn.monitoring.labels.PLACED``.

        Raises
        ------
        TableError
        """
        for (first,), new in rows.group_by(pl.col(DAY).dt.month_start()):
            self._table.change(month_of(first), partial(_with, new))

    def read(self, first: date, last: date) -> pl.DataFrame:
        """The rows of some snapshot dates, both included, in a fixed order.

        Raises
        ------
        TableError
        """
        return self._table.read(first, last)


def _with(new: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    together = pl.concat([kept, new.select(kept.columns)])
    return together.unique(SAID, keep="first", maintain_order=True)
