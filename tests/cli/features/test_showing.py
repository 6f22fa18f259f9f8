"""The commands that show features, as a person calls them."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn.eligibility import feature_rows
from churn.errors import ConfigError, NotEnoughDataError
from cli.features.showing import contract
from cli.main import ROOT, command
from cli.stacks.file import load_stack
from datasets.catalogue import load
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.feature_table import FeatureTable
from tests.ledger_histories import History

SUBSCRIPTIONS = load("subscriptions")
DAY = date(2024, 5, 1)
NAME = "failed_payment_share_90d"


def said(*words: str) -> str:
    done = CliRunner().invoke(command, ["features", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.fixture
def home(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def stack(home: Path):
    return load_stack("local", root=ROOT, environ={"HOLDFAST_HOME": str(home)})


@pytest.fixture
def n_stored(stack) -> int:
    """A feature table of one date of a small business."""
    frames, _ = simulate(Simulation(3, 200, 180, date(2024, 1, 1), None))
    rows = feature_rows(SUBSCRIPTIONS, frames, [DAY])
    table = FeatureTable.of(SUBSCRIPTIONS, environ=stack.environment)
    table.replace(DAY, rows, "test")
    return len(rows)


def test_the_list_has_every_feature_with_unit_meaning_and_definition():
    rows = {row["name"]: row for row in json.loads(said("list", "--json"))}

    assert list(rows) == [f.name for f in SUBSCRIPTIONS.features]
    assert rows[NAME]["definition"] == "failed_payments_90d / payments_90d"
    assert all(row["unit"] and row["meaning"] for row in rows.values())


def test_before_anything_ran_a_feature_shows_its_query_and_what_to_do(home):
    told = said("show", NAME)

    assert "python run.py --pipeline features" in told
    assert "no model version yet" in told
    assert '"payments__history"' in told


def test_a_stored_feature_shows_the_quality_of_its_newest_date(home, n_stored):
    stored = json.loads(said("show", NAME, "--json"))["stored"]

    assert (stored["date"], stored["version"]) == ("2024-05-01", 0)
    assert stored["quality"]["n_rows"] == n_stored
    assert f"{n_stored:,} customers on 2024-05-01" in said("show", NAME)


def test_a_version_that_takes_what_is_made_of_a_feature_uses_it(home, stack):
    history = History(stack.model_name("subscriptions"))
    history.trained(7, None, registered={"features": [NAME]})
    history.write(stack.environment["HOLDFAST_LEDGER_URL"])

    for name, versions in {"payments_90d": ["7"], "tenure_days": []}.items():
        used = json.loads(said("show", name, "--json"))["used_by"]
        assert [use["version"] for use in used] == versions


def test_an_unknown_feature_is_answered_with_the_nearest(home):
    with pytest.raises(ConfigError, match=f"nearest is {NAME}"):
        said("show", "faild_payment_share_90d")


def test_a_data_set_of_rows_has_no_table_and_says_why(home):
    assert "its snapshots" in said("show", "age_years", "--dataset", "bank")


def test_an_export_has_the_stored_rows(home, n_stored):
    assert f"{n_stored} rows" in said("export", str(home / "feast"))
    assert (home / "feast" / "feature_store.yaml").exists()


def test_an_export_of_nothing_says_what_to_run(home):
    with pytest.raises(NotEnoughDataError, match="no feature table yet"):
        said("export", str(home / "feast"))

    assert not (home / "feast").exists()


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("active_seconds", "Int64, never missing, at least 1, at most 86400"),
        ("event_time", "Datetime, never missing"),
        ("first_seen_at", "added when the row was first read"),
    ],
)
def test_a_column_is_told_by_its_contract(column, words):
    assert contract(SUBSCRIPTIONS.tables["usage"], column) == words


def test_a_data_set_of_rows_has_nothing_to_export(home):
    with pytest.raises(ConfigError, match="telco has no feature table"):
        said("export", str(home / "feast"), "--dataset", "telco")


def test_names_come_out_whole_on_a_narrow_screen(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    assert NAME in said("list")
