"""Who is observed when, and what counts as churn.

A snapshot is one customer at 00:00 UTC of a snapshot date T. Its label window
is ``(T + lead_time, T + lead_time + horizon]`` and has matured once it closed
by ``as_of``. Only matured snapshots carry a label.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from churn.dataset import Dataset, Label, RawTable
from churn.eligibility import Frames, feature_rows
from churn.errors import NotEnoughDataError
from churn.features.build import (
    build_columns,
    build_features,
    numbered,
    on_both_axes,
)
from churn.features.engine import DUCKDB, Engine
from churn.features.history import DAY_US, counts_at, history_parts
from churn.ranges import at_least


@dataclass(frozen=True)
class SnapshotPlan:
    """The grid of snapshots and the shape of the label window."""

    first: date
    every_days: int
    lead_time_days: int
    horizon_days: int

    def __post_init__(self) -> None:
        """Refuse a grid that stands still and a window without days."""
        at_least("snapshots.every_days", self.every_days, 1)
        at_least("snapshots.lead_time_days", self.lead_time_days, 0)
        at_least("snapshots.horizon_days", self.horizon_days, 1)

    @property
    def maturity_days(self) -> int:
        """Days from a snapshot until its label can be known."""
        return self.lead_time_days + self.horizon_days


def matured_dates(plan: SnapshotPlan, *, as_of: datetime) -> list[date]:
    """Snapshot dates whose label window had closed by ``as_of``.

    Examples
    --------
    >>> plan = SnapshotPlan(date(2024, 1, 1), 30, lead_time_days=0, horizon_days=30)
    >>> matured_dates(plan, as_of=datetime(2024, 3, 1, tzinfo=UTC))
    [datetime.date(2024, 1, 1), datetime.date(2024, 1, 31)]
    """
    dates, day = [], plan.first
    while midnight(day) + timedelta(days=plan.maturity_days) <= as_of:
        dates.append(day)
        day += timedelta(days=plan.every_days)
    return dates


def midnight(day: date) -> datetime:
    """The instant T that a snapshot date stands for."""
    return datetime.combine(day, time(), tzinfo=UTC)


def build_snapshots(
    dataset: Dataset,
    frames: Frames,
    plan: SnapshotPlan | None,
    *,
    as_of: datetime,
    stored: pl.DataFrame | None = None,
    engine: Engine = DUCKDB,
) -> pl.DataFrame:
    """Every matured snapshot with its features, value, slices and label.

    Parameters
    ----------
    frames : mapping of raw table name to good rows
    plan : SnapshotPlan or None
        None for a table-like data set, whose rows are the snapshots at ``as_of``.
    as_of : datetime, UTC
        Nothing known later takes part, in features or in labels.
    stored : DataFrame or None
        What ``feature_rows`` gave for some of the dates from the same rows; those
        dates are not built again, and the result is the same to the bit.
    engine : Engine
        What computes the features; it moves no bit either.

    Returns
    -------
    DataFrame
        ``customer_id, snapshot_date, customer_value, <features>, slice__<name>,
        is_churn``, sorted by date and customer.

    Raises
    ------
    NotEnoughDataError
        If no snapshot has matured, or no customer is eligible on any date.
    """
    if plan is None:
        return _table_snapshots(dataset, frames, as_of)
    dates = matured_dates(plan, as_of=as_of)
    if not dates:
        msg = (
            f"no snapshot has matured: the first, {plan.first}, needs "
            f"{plan.maturity_days} days, and as_of is {as_of:%Y-%m-%d}"
        )
        raise NotEnoughDataError(msg)
    features = _rows_of(dataset, frames, dates, stored, engine)
    if features.is_empty():
        msg = f"no customer is eligible on {len(dates)} dates from {dates[0]}"
        raise NotEnoughDataError(f"{msg}; the rule is: {dataset.eligible}")
    labels = label_snapshots(dataset, frames, features, plan, as_of=as_of)
    is_labelled = labels.is_not_null()
    built = with_value(dataset, features.filter(is_labelled))
    return built.hstack([labels.filter(is_labelled)])


def _rows_of(
    dataset: Dataset,
    frames: Frames,
    dates: list[date],
    stored: pl.DataFrame | None,
    engine: Engine,
) -> pl.DataFrame:
    """Who is eligible when, with features: as stored, and built for other dates."""
    if stored is None:
        return feature_rows(dataset, frames, dates, engine=engine)
    kept = stored.filter(pl.col("snapshot_date").is_in(dates))
    missing = sorted(set(dates).difference(kept["snapshot_date"]))
    built = feature_rows(dataset, frames, missing, engine=engine)
    rows = pl.concat([kept.select(built.columns), built])
    return rows.sort("snapshot_date", "customer_id")


def snapshot_features(
    dataset: Dataset, frames: Frames, spine: pl.DataFrame
) -> pl.DataFrame:
    """Features, customer value and slices of the spine's rows, in their order."""
    built = build_features(dataset.features, dataset.tables, frames, spine)
    return with_value(dataset, built)


def label_snapshots(
    dataset: Dataset,
    frames: Frames,
    spine: pl.DataFrame,
    plan: SnapshotPlan,
    *,
    as_of: datetime,
) -> pl.Series:
    """Whether each snapshot's customer churned; null for who left in the lead time."""
    if dataset.label is None:
        return pl.Series("is_churn", [None] * len(spine), dtype=pl.Boolean)
    counts = window_events(dataset.label, dataset, frames, spine, plan, as_of=as_of)
    if dataset.label.outcome == "absent":
        return (counts["in_window"] == 0).alias("is_churn")
    gone = counts["in_lead"] > 0
    return counts.select(
        pl.when(~gone).then(pl.col("in_window") > 0).alias("is_churn")
    )["is_churn"]


def window_events(
    label: Label,
    dataset: Dataset,
    frames: Frames,
    spine: pl.DataFrame,
    plan: SnapshotPlan,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """The label's events after each snapshot, as known at ``as_of``.

    Returns
    -------
    DataFrame
        One row for each of the spine's, in their order: ``in_lead`` and ``in_window``
        count the events of the lead time and of the label window; ``first_us`` is the
        first of the window in microseconds of UTC, null without one.
    """
    events = on_both_axes(frames[label.table], dataset.tables[label.table])
    sql = _label_sql(label, dataset.tables[label.table], plan, as_of)
    inputs = {"spine": numbered(spine), "events": events}
    return DUCKDB.run(sql, inputs).sort("row_id").drop("row_id")


def _label_sql(
    label: Label, table: RawTable, plan: SnapshotPlan, as_of: datetime
) -> str:
    """Events in the lead time and in the label window, as known at ``as_of``."""
    moment = str(int(as_of.timestamp()) * 1_000_000 + as_of.microsecond)
    known = counts_at(table, "h", moment)
    parts = history_parts("events", table)
    history = ", ".join(f"{name} AS ({sql})" for name, sql in parts)
    start = f"s.snapshot_us + {plan.lead_time_days * DAY_US}"
    end = f"s.snapshot_us + {plan.maturity_days * DAY_US}"
    return f"""
        WITH {history},
        known AS (SELECT * FROM events__history AS h WHERE {known}),
        happened AS (SELECT customer_id, event_us FROM known WHERE {label.where})
        SELECT s.row_id,
            COUNT(h.event_us) FILTER (h.event_us <= {start}) AS in_lead,
            COUNT(h.event_us) FILTER (h.event_us > {start}) AS in_window,
            MIN(h.event_us) FILTER (h.event_us > {start}) AS first_us
        FROM spine s LEFT JOIN happened h ON h.customer_id = s.customer_id
            AND h.event_us > s.snapshot_us AND h.event_us <= {end}
        GROUP BY s.row_id"""


def _table_snapshots(dataset: Dataset, frames: Frames, as_of: datetime) -> pl.DataFrame:
    built = table_rows(dataset, frames, as_of=as_of)
    ((_, frame),) = frames.items()
    label = frame.sort("customer_id")[str(dataset.churn_column)].alias("is_churn")
    return built.hstack([label])


def table_rows(dataset: Dataset, frames: Frames, *, as_of: datetime) -> pl.DataFrame:
    """Features, customer value and slices of a table-like data set's customers.

    Raises
    ------
    NotEnoughDataError
        If no row is good.
    """
    ((name, frame),) = frames.items()
    if frame.is_empty():
        raise NotEnoughDataError(f"table {name} has no good row to learn from")
    key = pl.col("customer_id")
    rows = frame.sort(key)
    built = pl.concat(
        [
            rows.select(key, pl.lit(as_of.date()).alias("snapshot_date")),
            build_columns(dataset, rows),
        ],
        how="horizontal",
    )
    return with_value(dataset, built, rows)


def with_value(
    dataset: Dataset, built: pl.DataFrame, raw: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Feature rows with customer value and slices, in their order.

    Parameters
    ----------
    raw : DataFrame or None
        The same rows of a table-like data set, whose SQL reads its own columns too.
    """
    names = [feature.name for feature in dataset.features]
    slices = "".join(
        f', CAST(({sql}) AS VARCHAR) AS "slice__{name}"'
        for name, sql in dataset.slices.items()
    )
    listing = "".join(f', "{name}"' for name in names)
    extra = [] if raw is None else [c for c in raw.columns if c not in built.columns]
    inputs = built if raw is None else built.hstack(raw.select(extra))
    sql = (
        "SELECT customer_id, snapshot_date, "
        f"CAST(({dataset.customer_value}) AS DOUBLE) AS customer_value"
        f"{listing}{slices} FROM built ORDER BY row_id"
    )
    return DUCKDB.run(sql, {"built": inputs.with_row_index("row_id")})
