"""What the pipeline that scores everybody is told."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn.batch.record import BatchPlan
from churn.batch.targets import TargetPlan
from churn.errors import ConfigError
from cli.batch_config import batch_config
from cli.deployment_config import NothingLiveError
from cli.main import command
from cli.models.place import place
from cli.pipeline_config import Request
from cli.root import ROOT
from cli.run_pipeline import model_of
from tests.ledger_histories import History, usual

REQUEST = Request("subscriptions", as_of="2025-03-01")
NOTHING_LIVE = (
    "nothing is in production, so nobody can be scored; a training whose model is "
    "approved comes first: `python run.py --pipeline training`"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return place(ROOT, "subscriptions", "local")


def test_the_run_is_about_the_version_that_is_live_and_makes_none(here):
    usual(here.model).write(here.store("ledger"))  # 2 is live, 4 in staging

    found = batch_config(ROOT, REQUEST)

    assert (found.version, found.as_of) == ("2", "2025-03-01")
    assert model_of(found, here.stack) == {"name": here.model, "version": "2"}
    assert found.scoring == BatchPlan("targets", TargetPlan(None, None, None), 2)


def test_settings_reach_the_target_list(here):
    usual(here.model).write(here.store("ledger"))
    settings = ("scoring.targets.budget_eur=500", "scoring.reasons=all")

    found = batch_config(ROOT, Request("subscriptions", settings=settings))

    assert found.scoring.targets.budget_eur == 500
    assert found.scoring.reasons == "all"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("scoring.targets.share=1.5", "targets.share"),
        ("scoring.threads=0", "scoring.threads"),
        ("scoring.reasons=some", "known are targets, all, none"),
        ("scoring.target.share=1", "unknown key 'target' in 'scoring'; nearest is"),
        ("max_quarantined_share=2", "max_quarantined_share"),
    ],
)
def test_a_setting_that_cannot_be_is_named(here, setting, told):
    usual(here.model).write(here.store("ledger"))

    with pytest.raises(ConfigError, match=told):
        batch_config(ROOT, Request("subscriptions", settings=(setting,)))


def test_a_policy_has_no_use_here():
    with pytest.raises(ConfigError, match="--policy: the pipeline batch_inference"):
        batch_config(ROOT, Request("subscriptions", policy="refresh"))


def test_before_a_version_is_live_nobody_can_be_scored(here):
    History(here.model).trained(1, "staged").write(here.store("ledger"))

    with pytest.raises(
        NothingLiveError, match="nobody can be scored; `models promote 1`"
    ):
        batch_config(ROOT, REQUEST)


def test_a_schedule_may_be_there_before_the_first_version_is(here):
    words = ["--pipeline", "batch_inference"]

    plain = CliRunner().invoke(command, words, catch_exceptions=False)
    as_json = CliRunner().invoke(command, [*words, "--json"], catch_exceptions=False)

    assert (plain.exit_code, plain.stdout) == (0, f"{NOTHING_LIVE}\n")
    assert json.loads(as_json.stdout) == {"nothing_live": NOTHING_LIVE}
    assert not (Path(here.stack.home) / "logs").exists()
