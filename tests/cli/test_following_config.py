"""What the pipelines that follow a promotion or a rollback are told."""

from dataclasses import replace
from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.following_config import FollowingConfig, following_config
from cli.models.place import place
from cli.pipeline_config import Request
from cli.root import ROOT
from cli.run_pipeline import model_of
from registry.errors import LedgerMissingError, RefusedError
from tests.ledger_histories import History, usual

REQUEST = Request("subscriptions")
config = following_config("promotion")


@pytest.fixture
def here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return place(ROOT, "subscriptions", "local")


def test_the_run_is_about_the_version_that_is_live(here):
    usual(here.model).write(here.store("ledger"))

    found = config(ROOT, REQUEST)

    assert found == FollowingConfig("subscriptions", "2")
    assert model_of(found, here.stack) == {"name": here.model, "version": "2"}


def test_without_a_history_there_is_nothing_to_follow(here):
    with pytest.raises(LedgerMissingError, match="the first training makes it"):
        config(ROOT, REQUEST)

    assert not Path(here.stack.home).exists()


def test_before_the_first_promotion_there_is_nothing_to_follow(here):
    History(here.model).trained(1, None).write(here.store("ledger"))

    with pytest.raises(RefusedError, match="nothing is live, so there is nothing to"):
        config(ROOT, REQUEST)


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("--source", {"source": "x.csv"}),
        ("--as-of", {"as_of": "2026-01-01"}),
        ("--policy", {"policy": "improve"}),
        ("--set", {"settings": ("a=1",)}),
    ],
)
def test_an_option_without_a_meaning_here_is_refused_by_its_name(here, option, given):
    with pytest.raises(
        ConfigError, match=f"{option}: the pipeline promotion has no us"
    ):
        config(ROOT, replace(REQUEST, **given))
