"""Which rows of a source are new enough to be read."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from churn.casting import cast

INSTANT = pl.Datetime("us", "UTC")


def instant(column: str, found: pl.DataType, time_zone: str | None) -> pl.Expr:
    """The instant that a column of any type tells; null where it tells none."""
    return cast(pl.col(column), found, INSTANT, time_zone=time_zone)


@dataclass(frozen=True)
class Since:
    """Rows whose column tells this moment or a later one, or none that can be read.

    ``time_zone`` is that of moments without one.
    """

    column: str
    moment: datetime
    time_zone: str | None

    def keeps(self, found: pl.DataType) -> pl.Expr:
        """The condition on rows whose column has the given type."""
        told = instant(self.column, found, self.time_zone)
        return told.is_null() | (told >= self.moment)

    @property
    def on_the_clock(self) -> datetime | None:
        """The moment as written without a zone; None if nobody knows which."""
        if self.time_zone is None:
            return None
        return self.moment.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)
