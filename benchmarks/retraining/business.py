"""A simulated business over years: what is known when, and what is true."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from churn.contracts import validate
from churn.eligibility import Frames, feature_rows
from churn.monitoring.outcomes import told_by_events
from churn.snapshots import SnapshotPlan, build_snapshots, with_value
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.plan import MONTH_DAYS, Simulation
from datasets.subscriptions.simulate import simulate

START = date(2020, 1, 1)
WARM_UP_DAYS = 480
STUDY_DAYS = 1095
SHOCK_DAY = 365
"""Of the study."""

LOOK_DAYS = 14
"""Between two looks of monitoring."""

SNAPSHOTS = SnapshotPlan(START, MONTH_DAYS, lead_time_days=30, horizon_days=30)


@dataclass(frozen=True)
class Business:
    """One simulated business.

    Parameters
    ----------
    snapshots : DataFrame
        On the grid, with labels; each counts once it has matured.
    scored : DataFrame
        Features, value and slices of all customers at every look and campaign.
    told : DataFrame
        Who of them left and when, as known in the end.
    truth : DataFrame
        ``customer_id, snapshot_date``, the true probability at the grid's dates and the
        best one that can be known.
    """

    snapshots: pl.DataFrame
    scored: pl.DataFrame
    told: pl.DataFrame
    truth: pl.DataFrame
    looks: tuple[date, ...]
    campaigns: tuple[date, ...]


def first_day() -> date:
    """The first day of the study: the first model is trained."""
    return START + timedelta(days=WARM_UP_DAYS)


def shock_day() -> date:
    """When the competitor appears."""
    return first_day() + timedelta(days=SHOCK_DAY)


def business(seed: int, n_customers: int) -> Business:
    """Simulate one, and build all that anybody will ask of it.

    Features at a date are of what was known by then, so that they may be built at once.
    """
    n_days = WARM_UP_DAYS + STUDY_DAYS + SNAPSHOTS.maturity_days
    plan = Simulation(seed, n_customers, n_days, START, shock_day())
    raw, oracle = simulate(plan)
    frames = validate(DATASET.tables, raw).good
    end = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=n_days)
    looks = _dates(first_day(), LOOK_DAYS)
    grid = [START + timedelta(days=MONTH_DAYS * k) for k in range(n_days // MONTH_DAYS)]
    campaigns = tuple(d for d in grid if first_day() <= d <= looks[-1])
    snapshots = build_snapshots(DATASET, frames, SNAPSHOTS, as_of=end)
    scored = _scored(frames, sorted({*looks, *campaigns}))
    names = scored.select("customer_id").unique().with_columns(customer="customer_id")
    asked = scored.select("snapshot_date", customer="customer_id")
    told = told_by_events(DATASET, frames, names, asked, SNAPSHOTS, as_of=end)
    return Business(snapshots, scored, told, oracle, looks, campaigns)


def matured(snapshots: pl.DataFrame, day: date) -> pl.DataFrame:
    """The snapshots whose label window had closed by a day."""
    last = day - timedelta(days=SNAPSHOTS.maturity_days)
    return snapshots.filter(pl.col("snapshot_date") <= last)


def _dates(first: date, every_days: int) -> tuple[date, ...]:
    n = STUDY_DAYS // every_days + 1
    return tuple(first + timedelta(days=every_days * i) for i in range(n))


def _scored(frames: Frames, dates: list[date]) -> pl.DataFrame:
    return with_value(DATASET, feature_rows(DATASET, frames, dates))
