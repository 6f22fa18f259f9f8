from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from churn.dataset import Dataset, RawTable
from churn.evaluation.scorecard import PROBES
from churn.features.declarations import Column
from churn.leaks.plan import LeakPlan
from churn.leaks.probe import NO_TIME, NOBODY_LEFT, probe_leaks
from churn.snapshots import SnapshotPlan, build_snapshots
from churn.splits import Split, TimeSplit, split_by_time
from tests.businesses import BUSINESS, Purchases, purchases
from tests.snapshot_rows import rows

PLAN = LeakPlan(shift_days=20, max_rows=1000, seed=1, bins=10)
START, AS_OF = date(2024, 1, 1), datetime(2024, 12, 1, tzinfo=UTC)
GRID = SnapshotPlan(date(2024, 4, 1), every_days=30, lead_time_days=0, horizon_days=30)


def shop() -> dict[str, pl.DataFrame]:
    """Sixty customers who buy at their own pace."""
    rng = np.random.default_rng(5)
    events = []
    for number in range(60):
        day = 0.0
        while (day := day + rng.exponential(8 + number / 3)) < 330:
            on = (START + timedelta(days=int(day))).isoformat()
            events.append((len(events), f"c{number}", on, on, 100, "web"))
    return {"purchases": purchases(*events)}


FRAMES = shop()
SPLIT = split_by_time(
    build_snapshots(BUSINESS, FRAMES, GRID, as_of=AS_OF),
    TimeSplit(calibration_snapshots=1, test_snapshots=2),
    maturity_days=30,
)


def test_every_probe_looks_at_snapshots_in_time() -> None:
    report = probe_leaks(BUSINESS, FRAMES, SPLIT, PLAN, {"recency": 0.2}, as_of=AS_OF)

    seen = {reading.probe for reading in report.readings}
    bounds = {reading.probe: reading.bound for reading in report.readings}
    assert seen == set(PROBES)
    assert report.skipped == {}
    assert bounds["recency"] == 0.2
    assert bounds["single_feature"] is None
    assert [r.feature for r in report.readings if r.probe == "recency"] == [
        "recency_days"
    ]


def test_nobody_to_be_scored_leaves_one_probe_out() -> None:
    long_gone = datetime(2026, 1, 1, tzinfo=UTC)

    report = probe_leaks(BUSINESS, FRAMES, SPLIT, PLAN, {}, as_of=long_gone)

    assert report.skipped == {"unavailable": NOBODY_LEFT}


def test_the_same_snapshots_give_the_same_report() -> None:
    first, again = (
        probe_leaks(BUSINESS, FRAMES, SPLIT, PLAN, {}, as_of=AS_OF) for _ in range(2)
    )

    assert first == again


TABLE = Dataset(
    name="table",
    kind="table",
    tables={"customers": RawTable(schema=Purchases, customer=True)},
    features=(
        Column(
            name="spend_cents", column="spend_cents", unit="cents", meaning="Spend."
        ),
        Column(
            name="visits", column="visits", unit="days", meaning="Days since a visit."
        ),
    ),
    customer_value="1",
    churn_column="is_churn",
)


@pytest.fixture
def windows() -> Split:
    """Other customers in each window."""
    own = pl.concat_str(pl.col("customer_id"), pl.lit("-"), "window")
    return Split(
        *(
            rows(200, seed=seed)
            .with_columns(window=pl.lit(seed))
            .select(pl.exclude("customer_id", "window"), own.alias("customer_id"))
            for seed in (1, 2, 3)
        )
    )


def test_rows_without_a_time_cannot_be_moved(windows: Split) -> None:
    report = probe_leaks(TABLE, {}, windows, PLAN, {}, as_of=AS_OF)

    assert report.skipped == {"moved_earlier": NO_TIME}
    assert {r.probe for r in report.readings} == set(PROBES) - {"moved_earlier"}


def test_a_feature_outside_the_model_is_not_probed(windows: Split) -> None:
    aside = replace(TABLE.features[1], in_model=False)
    dataset = replace(TABLE, features=(TABLE.features[0], aside))

    report = probe_leaks(dataset, {}, windows, PLAN, {}, as_of=AS_OF)

    assert {reading.feature for reading in report.readings} == {"spend_cents"}
