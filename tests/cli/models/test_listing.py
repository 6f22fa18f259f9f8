"""`models list` on a ledger filled by hand."""

import os
import subprocess
import sys
import time

import pytest

from churn.errors import UsageError
from cli.root import ROOT
from registry.errors import LedgerMissingError
from tests.ledger_histories import usual
from tests.model_commands import said, told


@pytest.fixture(autouse=True)
def filled(here):
    usual(here.model).write(here.store("ledger"))


def listed(*words):
    return [row["version"] for row in told("list", *words)]


def test_the_newest_version_comes_first_with_its_stage():
    rows = told("list")

    assert [(row["version"], row["stage"]) for row in rows] == [
        ("5", "waiting"),
        ("4", "staging"),
        ("3", "refused"),
        ("2", "production"),
        ("1", "retired"),
    ]


@pytest.mark.parametrize(
    ("words", "versions"),
    [
        (["--stage", "production"], ["2"]),
        (["--tag", "rejected"], ["3"]),
        (["--tag", "improve", "--tag", "xgboost"], ["5", "4", "3", "2", "1"]),
        (["--metric", "auc>0.75"], ["5", "4", "2", "1"]),
        (["--metric", "auc>0.75", "--metric", "auc<0.81"], ["2", "1"]),
        (["--search", "TRAINING-3"], ["3"]),
        (["--search", "worth"], ["2"]),
        (["--search", "nowhere"], []),
        (["--stage", "staging", "--metric", "auc<0.1"], []),
    ],
)
def test_only_versions_that_fit_are_listed(words, versions):
    assert listed(*words) == versions


def test_a_person_sees_one_line_a_version_with_the_metric_that_was_asked_for():
    lines = said("list", "--metric", "recall>0.3").splitlines()

    assert "recall" in lines[0]
    assert sum("2026-03-0" in line for line in lines) == 5


def test_an_unknown_stage_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="nearest is staging"):
        said("list", "--stage", "stagin")


def test_another_data_set_without_versions_says_what_to_run():
    with pytest.raises(LedgerMissingError, match="--pipeline training --dataset telco"):
        said("list", "--dataset", "telco")


def test_a_missing_ledger_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "nowhere"))

    with pytest.raises(LedgerMissingError, match="the first training makes it"):
        said("list")

    assert not (tmp_path / "nowhere").exists()


def test_reading_needs_no_zenml_no_mlflow_and_no_time():
    code = (
        "import sys; sys.modules['zenml'] = sys.modules['mlflow'] = None;"
        "from cli.main import command; command(['models', 'list'])"
    )

    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "production" in done.stdout
    # A second is the promise on a machine at rest; here others run beside it.
    assert time.monotonic() - started < 5
