"""The same rows on Spark as on DuckDB, to the bit, in real sessions."""

import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from churn.eligibility import eligible_spine
from churn.errors import EngineError
from churn.features.build import build_features
from datasets.catalogue import load
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.spark import Spark
from tests.churn.features.comparison import compare, generated

ROOT = Path(__file__).resolve().parents[2]
DATES = [date(2024, 3, 1), date(2024, 5, 30)]
FEW = Simulation(3, 300, 240, date(2024, 1, 1), None)
SEED = 20240101
N_HISTORIES = 300


def needs_spark(test):
    """Tests that start a session need PySpark and Java."""
    lacks_spark = importlib.util.find_spec("pyspark") is None
    test = pytest.mark.skipif(lacks_spark, reason="PySpark is not installed")(test)
    test = pytest.mark.skipif(not shutil.which("java"), reason="no java found")(test)
    return pytest.mark.server(test)


@pytest.fixture(scope="module")
def spark() -> Iterator[Spark]:
    engine = Spark("local[2]")
    yield engine
    engine.close()


@needs_spark
def test_generated_histories_have_the_oracles_values_on_spark(spark: Spark):
    compared = compare(generated(SEED, range(N_HISTORIES)), engine=spark)

    assert compared.n_cases == N_HISTORIES
    assert compared.n_values > 10_000
    assert compared.differences == ()


@needs_spark
def test_every_feature_of_the_default_data_set_is_the_same_on_both(spark: Spark):
    dataset, frames = load("subscriptions"), simulate(FEW)[0]
    spine = eligible_spine(dataset, frames, DATES)

    embedded = build_features(dataset.features, dataset.tables, frames, spine)
    outgrown = build_features(
        dataset.features, dataset.tables, frames, spine, engine=spark
    )

    assert len(spine) > 300
    assert outgrown.equals(embedded)
    assert outgrown.schema == embedded.schema


@needs_spark
def test_a_query_that_spark_gives_up_on_is_one_line(spark: Spark):
    with pytest.raises(EngineError, match=r"Spark at local\[2\]: .*nowhere") as told:
        spark.run("SELECT * FROM nowhere", {})

    assert "\n" not in str(told.value)


@needs_spark
def test_a_master_that_is_not_there_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"sc://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(EngineError, match=f"no Spark at {address}"):
            Spark(address).run("SELECT 1", {})


@needs_spark
def test_spark_connect_gives_the_same_rows():
    """In a process of its own: one process has either kind of session."""
    script = ROOT / "tests" / "storage" / "spark_connect_session.py"

    done = subprocess.run(
        [sys.executable, script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.stdout.splitlines()[-1:] == ["equal"], done.stderr


def test_without_pyspark_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)

    with pytest.raises(EngineError, match="run `make setup-spark`"):
        Spark("local[1]").run("SELECT 1", {})
