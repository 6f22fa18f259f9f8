"""Feature rows of many dates: which dates there are, and what is kept of each."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from churn.errors import ConfigError, NotEnoughDataError
from churn.snapshots import SnapshotPlan, midnight


@dataclass(frozen=True)
class DateRange:
    """The first and the last date to build; None leaves that end open."""

    first: date | None
    last: date | None

    def __post_init__(self) -> None:
        """Refuse a range without any day."""
        if self.first and self.last and self.first > self.last:
            raise ConfigError(
                f"dates.first: expected a day up to dates.last, {self.last}, found "
                f"{self.first}"
            )

    def holds(self, day: date) -> bool:
        """Whether the day is one of the range."""
        return (self.first or day) <= day <= (self.last or day)


@dataclass(frozen=True)
class Backfill:
    """What a run made of the feature table.

    Parameters
    ----------
    built, reused : tuple of date
        Dates written now, and dates whose stored rows rest on equal data.
    n_rows : int
        Rows of all these dates together.
    version : int or None
        Version of the table afterwards; None where nobody was ever eligible.
    address : str
        Where the table is.
    """

    built: tuple[date, ...]
    reused: tuple[date, ...]
    n_rows: int
    version: int | None
    address: str


def grid_dates(plan: SnapshotPlan, *, as_of: datetime) -> list[date]:
    """All snapshot dates up to ``as_of``, matured or not.

    Examples
    --------
    >>> from datetime import UTC
    >>> plan = SnapshotPlan(date(2024, 1, 1), 30, lead_time_days=0, horizon_days=30)
    >>> grid_dates(plan, as_of=datetime(2024, 2, 1, tzinfo=UTC))
    [datetime.date(2024, 1, 1), datetime.date(2024, 1, 31)]
    """
    n_days = (as_of - midnight(plan.first)).days
    steps = range(0, n_days + 1, plan.every_days)
    return [plan.first + timedelta(days=days) for days in steps]


def asked_dates(plan: SnapshotPlan, dates: DateRange, *, as_of: datetime) -> list[date]:
    """The dates of the grid up to ``as_of`` that lie in the range.

    Raises
    ------
    NotEnoughDataError
        If there is none.
    """
    grid = grid_dates(plan, as_of=as_of)
    asked = [day for day in grid if dates.holds(day)]
    if not asked:
        known = f"from {grid[0]} to {grid[-1]}" if grid else f"none by {as_of:%Y-%m-%d}"
        raise NotEnoughDataError(
            f"no snapshot date from {dates.first or plan.first} to "
            f"{dates.last or as_of.date()}; the data set's are {known}, every "
            f"{plan.every_days} days"
        )
    return asked
