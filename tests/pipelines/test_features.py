"""The features pipeline on a clean local stack, and what training has of its table."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from zenml.client import Client

from churn.scoring.bundle import Bundle
from cli.run_pipeline import Options, run_pipeline
from datasets.catalogue import load
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.feature_table import FeatureTable
from tests.conftest import CHECKOUT, fresh_zenml

pytestmark = [pytest.mark.zenml, pytest.mark.long]
N_DATES = 10
SIZE = ("simulation.n_customers=700", "simulation.n_days=270")
FEATURES = Options(
    pipeline="features",
    dataset="subscriptions",
    source=None,
    stack="local",
    as_of=None,
    settings=SIZE,
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
)
TRAINING = replace(
    FEATURES,
    pipeline="training",
    settings=(
        *SIZE,
        "search=null",
        "model.kind=logistic_regression",
        "evaluation.resamples=20",
        "leaks.max_rows=500",
        "probes.behaviour_customers=100",
        "probes.reseeds=1",
        "probes.timed_calls=10",
        "time_split.calibration_snapshots=1",
        "time_split.test_snapshots=1",
    ),
)


@pytest.fixture(scope="module")
def root(baked_zenml: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("features")) as root:
        for folder in ("configs", "pipelines", "steps"):
            shutil.copytree(CHECKOUT / folder, root / folder)
        yield root


def run(root: Path, options: Options) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("click.echo", printed.append)
        assert run_pipeline(root, options) == 0
    return json.loads(printed[-1])


@pytest.fixture(scope="module")
def without(root: Path) -> Bundle:
    """What training makes while there is no table."""
    return bundle_of(run(root, TRAINING))


@pytest.fixture(scope="module")
def filled(root: Path, without: Bundle) -> dict[str, Any]:
    """A range of dates first, then all of them."""
    run(root, replace(FEATURES, settings=(*SIZE, "dates.last=2024-02-01")))
    return run(root, FEATURES)


def bundle_of(outcome: dict[str, Any]) -> Bundle:
    run = Client().get_pipeline_run(outcome["run"])
    return run.steps["fit_model"].outputs["bundle"][0].load()


def test_a_second_run_builds_only_the_dates_that_are_missing(
    filled: dict[str, Any],
) -> None:
    built, reused = filled["backfill"]["built"], filled["backfill"]["reused"]

    assert reused == ["2024-01-01", "2024-01-31"]
    assert len(built) == N_DATES - 2
    assert filled["backfill"]["version"] == N_DATES - 1
    assert filled["n_published"] > 0


def test_everyone_who_ever_had_a_row_is_online(filled: dict[str, Any]) -> None:
    table = FeatureTable(filled["backfill"]["address"], load("subscriptions"))
    rows = table.read(table.dates())
    newest = rows.filter(pl.col("snapshot_date") == pl.col("snapshot_date").max())

    assert filled["n_published"] == rows["customer_id"].n_unique()
    assert filled["n_published"] > len(newest)


def test_the_table_is_where_the_summary_says(
    filled: dict[str, Any], root: Path
) -> None:
    address = filled["backfill"]["address"]

    assert address == f"{root}/.holdfast/tables/features/subscriptions"
    table = FeatureTable(address, load("subscriptions"))
    assert len(table.dates()) == N_DATES
    assert table.count(table.dates()) == filled["backfill"]["n_rows"]


@pytest.mark.long
def test_training_reads_the_table_and_says_so_and_nothing_else_changes(
    root: Path, without: Bundle, filled: dict[str, Any]
) -> None:
    found = bundle_of(run(root, replace(TRAINING, no_cache=True)))

    tables = [b.manifest["lineage"]["feature_table"] for b in (without, found)]
    assert tables == ["none", f"version {N_DATES - 1}"]
    assert found.bundle_sha256 == without.bundle_sha256
    assert {n for n in found.files if found.files[n] != without.files[n]} == {
        "manifest.json"
    }


@pytest.mark.long
@pytest.mark.usefixtures("filled")
def test_a_source_lands_a_little_at_a_time(root: Path, tmp_path: Path) -> None:
    plan = Simulation(7, 200, 150, date(2024, 1, 1), None)
    tables, _ = simulate(plan)
    options = replace(FEATURES, source=str(tmp_path), settings=())
    cut = datetime(2024, 4, 15, tzinfo=UTC)

    deliver(tables, tmp_path, since=datetime(2000, 1, 1, tzinfo=UTC), until=cut)
    first = run(root, options)
    deliver(tables, tmp_path, since=cut - timedelta(days=1), until=None)
    second = run(root, options)

    assert second["rows"] == {name: len(frame) for name, frame in tables.items()}
    assert first["rows"]["usage"] < second["rows"]["usage"]
    assert second["backfill"]["reused"] == first["backfill"]["built"]


def deliver(
    tables: dict[str, pl.DataFrame],
    folder: Path,
    *,
    since: datetime,
    until: datetime | None,
) -> None:
    """Write the rows that a source shows which keeps only the newest."""
    for name, frame in tables.items():
        known = pl.col("known_at")
        shown = frame.filter(known.is_between(since, until or known))
        shown.write_parquet(folder / f"{name}.parquet")
