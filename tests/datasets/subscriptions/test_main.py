from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from datasets.subscriptions import simulate as module
from datasets.subscriptions.__main__ import ParquetFiles, main
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from datasets.subscriptions.tables import TABLES

PLAN = Simulation(
    seed=3, n_customers=250, n_days=90, start=date(2024, 1, 1), shock_date=None
)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "CHUNK_CUSTOMERS", 100)

    def write(*options):
        sizes = ["--n-customers", "250", "--n-days", "90", "--seed", "3"]
        out = ["--out", str(tmp_path / "out")]
        return CliRunner().invoke(main, [*sizes, *out, *options]), tmp_path / "out"

    return write


def test_the_files_hold_the_simulated_rows(run):
    result, folder = run()
    tables, oracle = simulate(PLAN)

    assert result.exit_code == 0
    assert {p.stem for p in folder.glob("*.parquet")} == set(TABLES)
    for name, frame in tables.items():
        assert_frame_equal(pl.read_parquet(folder / f"{name}.parquet"), frame)
    assert_frame_equal(pl.read_parquet(folder / "oracle" / "oracle.parquet"), oracle)


def test_the_shock_date_reaches_the_simulation(run):
    _, folder = run("--shock-date", "2024-02-01")
    _, oracle = simulate(replace(PLAN, shock_date=date(2024, 2, 1)))

    assert_frame_equal(pl.read_parquet(folder / "oracle" / "oracle.parquet"), oracle)


def test_nothing_temporary_remains(run):
    _, folder = run()

    assert not list(folder.rglob("*.partial"))


def test_a_file_has_its_name_only_once_it_is_complete(tmp_path):
    with ParquetFiles(tmp_path) as files:
        files.append("usage.parquet", pl.DataFrame({"event_id": [1]}))

        assert not (tmp_path / "usage.parquet").exists()
        files.complete()

    assert pl.read_parquet(tmp_path / "usage.parquet")["event_id"].to_list() == [1]


def test_no_customers_are_refused(run):
    result, folder = run("--n-customers", "0")

    assert result.exit_code == 2
    assert not folder.exists()
