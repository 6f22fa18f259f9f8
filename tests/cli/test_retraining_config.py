"""What the pipeline that decides is told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn.errors import ConfigError
from cli.config import names_in
from cli.deployment_config import NothingLiveError
from cli.main import command
from cli.models.place import place
from cli.pipeline_config import Request
from cli.retraining_config import moment_of, retraining_config, trigger_of
from cli.root import ROOT
from registry.errors import RefusedError
from tests.ledger_histories import History, usual

NOW = datetime(2026, 6, 1, 3, 15, tzinfo=UTC)
CONFIGS = ROOT / "configs"


@pytest.fixture
def here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return place(ROOT, "subscriptions", "local")


@pytest.mark.parametrize("dataset", names_in(CONFIGS / "datasets"))
def test_every_data_set_names_a_trigger_and_takes_any_other(dataset):
    assert trigger_of(ROOT, dataset, None).name == "weekly"
    for name in names_in(CONFIGS / "retraining"):
        assert trigger_of(ROOT, dataset, name).name == name


def test_a_trigger_that_does_not_exist_names_the_nearest():
    with pytest.raises(ConfigError, match=r"'wekly': .*; nearest is weekly"):
        trigger_of(ROOT, "telco", "wekly")


@pytest.mark.parametrize(
    ("request_", "moment"),
    [
        (Request("telco", as_of="2026-05-31"), datetime(2026, 6, 1, tzinfo=UTC)),
        (Request("telco"), datetime(2024, 1, 2, tzinfo=UTC)),
        (Request("subscriptions"), datetime(2025, 6, 24, tzinfo=UTC)),
        (
            Request("subscriptions", settings=("simulation.n_days=30",)),
            datetime(2024, 1, 31, tzinfo=UTC),
        ),
        (Request("subscriptions", source="shop.db"), NOW),
        (Request("online_retail", source="shop.db"), NOW),
    ],
)
def test_the_clock_is_that_of_the_data(request_, moment):
    assert moment_of(ROOT, request_, NOW) == moment


def test_it_is_about_the_version_that_is_live(here):
    usual(here.model).write(here.store("ledger"))

    found = retraining_config(ROOT, Request("subscriptions", trigger="harm"))

    assert (found.version, found.trigger["name"]) == ("2", "harm")
    assert found.reason is None


def test_with_nothing_live_it_says_what_comes_first(here):
    with pytest.raises(NothingLiveError, match="comes from `--pipeline training`"):
        retraining_config(ROOT, Request("subscriptions"))
    History(here.model).trained(1, None).write(here.store("ledger"))

    with pytest.raises(NothingLiveError, match="`models promote VERSION`"):
        retraining_config(ROOT, Request("subscriptions"))


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "x" * 501])
def test_a_reason_is_one_line_of_some_length(here, reason):
    usual(here.model).write(here.store("ledger"))

    with pytest.raises(RefusedError, match="expected a reason"):
        retraining_config(ROOT, Request("subscriptions", reason=reason))


@pytest.mark.parametrize(
    "words", [("--trigger", "weekly"), ("--reason", "so"), ("--decide-only",)]
)
def test_its_options_are_of_no_use_elsewhere(here, words):
    asked = ["--pipeline", "training", "--dry-run", *words]

    error = CliRunner().invoke(command, asked).exception

    assert isinstance(error, ConfigError)
    assert str(error) == f"{words[0]}: the pipeline training has no use for it"
