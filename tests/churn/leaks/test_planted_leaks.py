"""The battery of ``tests/leaks.yaml``: leaks are caught, near-misses are not."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import yaml

from churn.contracts import validate
from churn.evaluation.scorecard import PROBES, LeakReading, LeakReport
from churn.gates.leaks import ceilings
from churn.gates.policy import parse_policy
from churn.leaks.probe import probe_leaks
from churn.snapshots import build_snapshots
from churn.splits import split
from churn.tables import resolve_as_of
from cli.training_config import Request, TrainingConfig, training_config
from datasets.catalogue import load
from datasets.subscriptions.simulate import simulate
from tests import real_data
from tests.planted_leaks import PLANTS, World

ROOT = Path(__file__).resolve().parents[3]
LISTED = yaml.safe_load((ROOT / "tests" / "leaks.yaml").read_text())
PLANTED, NEAR_MISSES = LISTED["planted"], LISTED["near_misses"]
DATASETS = ("subscriptions", "online_retail", "bank")
FILES = {
    "bank": "bank/BankChurners.csv",
    "telco": "telco/Telco-Customer-Churn.csv",
    "online_retail": "online_retail/online_retail.parquet",
}


@cache
def config(name: str) -> TrainingConfig:
    return training_config(ROOT, Request(name))


@cache
def clean(name: str) -> World:
    """A data set as it is; the simulated one smaller."""
    dataset = load(name)
    if name == "subscriptions":
        plan = config(name).simulation
        assert plan is not None
        raw, oracle = simulate(replace(plan, n_customers=2500))
    else:
        path = real_data.path(FILES[name])
        read = pl.read_csv if path.suffix == ".csv" else pl.read_parquet
        oracle = read(path)
        raw = {next(iter(dataset.tables)): oracle}
    good = validate(dataset.tables, raw).good
    day = config(name).as_of
    asked = None if day is None else str(day)
    return World(dataset, good, resolve_as_of(asked, dataset.tables, good), oracle)


@cache
def planted(name: str) -> LeakReport:
    """One report with all that is listed for a data set in its tables at once."""
    world = clean(name)
    for entry in (*PLANTED, *NEAR_MISSES):
        if entry["dataset"] == name:
            world = PLANTS[entry["name"]](world)
    return report(world)


@cache
def unplanted(name: str) -> LeakReport:
    return report(clean(name))


def report(world: World) -> LeakReport:
    told = config(world.dataset.name)
    snapshots = build_snapshots(
        world.dataset, world.frames, told.snapshots, as_of=world.as_of
    )
    days = told.snapshots.maturity_days if told.snapshots else 0
    windows = split(
        snapshots, told.time_split, told.stratified_split, maturity_days=days
    )
    return probe_leaks(
        world.dataset,
        world.frames,
        windows,
        told.leaks,
        ceilings(parse_policy(told.policy, told.bounds).checks),
        as_of=world.as_of,
    )


def of(readings: tuple[LeakReading, ...], name: str) -> dict[str, LeakReading]:
    """What each probe saw in one feature."""
    return {r.probe: r for r in readings if r.feature == name}


def test_the_list_holds_twelve_leaks_and_every_probe_and_data_set_is_tried() -> None:
    tried = [(entry["dataset"], entry["probe"]) for entry in PLANTED]

    assert len(PLANTED) == 12
    assert all([d for d, _ in tried].count(name) >= 3 for name in DATASETS)
    assert all([p for _, p in tried].count(probe) >= 2 for probe in PROBES)
    assert {entry["probe"] for entry in NEAR_MISSES} == set(PROBES)
    assert {e["name"] for e in (*PLANTED, *NEAR_MISSES)} == set(PLANTS)


@pytest.mark.parametrize("entry", PLANTED, ids=lambda entry: entry["name"])
def test_a_planted_leak_is_caught_by_its_probe(entry: dict[str, str]) -> None:
    seen = of(planted(entry["dataset"]).readings, entry["name"])

    assert seen[entry["probe"]].is_leak, seen[entry["probe"]]


@pytest.mark.parametrize("entry", NEAR_MISSES, ids=lambda entry: entry["name"])
def test_a_near_miss_is_seen_and_passes_every_probe(entry: dict[str, str]) -> None:
    seen = of(planted(entry["dataset"]).readings, entry["name"])

    # Days that claim no time since anything are rightly not asked about.
    assert entry["probe"] in seen or entry["name"] == "payment_term_days"
    assert not [reading for reading in seen.values() if reading.is_leak]


@pytest.mark.parametrize("name", [*DATASETS, "telco"])
def test_a_clean_data_set_raises_no_alarm(name: str) -> None:
    readings = unplanted(name).readings

    features = {feature.name for feature in load(name).model_features}
    assert {reading.feature for reading in readings} == features
    assert not [reading for reading in readings if reading.is_leak]


@pytest.mark.parametrize("name", [*DATASETS, "telco"])
def test_every_probe_that_applies_is_held_against_a_bound(name: str) -> None:
    found = unplanted(name)

    skipped = {"moved_earlier"} if load(name).kind == "table" else set()
    assert set(found.skipped) == skipped
    assert all(reading.bound is not None for reading in found.readings)
