"""The default business, simulated once, and its snapshots."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from churn.snapshots import SnapshotPlan, build_snapshots
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate

START = date(2024, 1, 1)
END = datetime(2025, 6, 24, tzinfo=UTC)
GRID = SnapshotPlan(START, every_days=30, lead_time_days=30, horizon_days=30)
KEY = ["customer_id", "snapshot_date"]


@pytest.fixture(scope="session")
def default_plan():
    return Simulation(
        seed=20240101, n_customers=10_000, n_days=540, start=START, shock_date=None
    )


@pytest.fixture(scope="session")
def default_business(default_plan):
    return simulate(default_plan)


@pytest.fixture(scope="session")
def tables(default_business):
    return default_business[0]


@pytest.fixture(scope="session")
def oracle(default_business):
    return default_business[1]


@pytest.fixture(scope="session")
def snapshots(default_business) -> pl.DataFrame:
    """The labelled snapshots next to the oracle's probabilities."""
    tables, oracle = default_business
    built = build_snapshots(DATASET, tables, GRID, as_of=END)
    return built.join(oracle, on=KEY, how="left", maintain_order="left")
