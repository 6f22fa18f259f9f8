"""What the pipeline that rolls out is told."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from churn.errors import ConfigError
from cli.deployment_config import (
    NothingLiveError,
    deployment_config,
    rollout_document,
)
from cli.main import command
from cli.models.place import place
from cli.pipeline_config import Request
from cli.root import ROOT
from cli.run_pipeline import model_of
from tests.ledger_histories import History, in_rollout, usual

REQUEST = Request("subscriptions")


@pytest.fixture
def here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    return place(ROOT, "subscriptions", "local")


def test_the_run_is_about_the_version_in_staging(here):
    usual(here.model).write(here.store("ledger"))

    found = deployment_config(ROOT, REQUEST)

    assert (found.version, found.rollout["name"]) == ("4", "production")
    assert model_of(found, here.stack) == {"name": here.model, "version": "4"}


def test_without_one_it_is_about_the_version_that_is_live(here):
    History(here.model).trained(1, "promoted").write(here.store("ledger"))

    assert deployment_config(ROOT, REQUEST).version == "1"


def test_before_any_version_was_approved_there_is_nothing_to_deploy(here):
    line = "nothing is in production, .*`--pipeline training`"
    with pytest.raises(NothingLiveError, match=line):
        deployment_config(ROOT, REQUEST)
    History(here.model).trained(1, None).write(here.store("ledger"))

    with pytest.raises(NothingLiveError, match=line):
        deployment_config(ROOT, REQUEST)


def test_a_first_version_in_staging_is_for_a_person_to_make_live(here):
    History(here.model).trained(1, "staged").write(here.store("ledger"))

    with pytest.raises(NothingLiveError, match="`models promote 1` makes version 1"):
        deployment_config(ROOT, REQUEST)


def test_with_nothing_live_the_pipeline_says_so_in_one_line_and_runs_nothing(here):
    words = ["--pipeline", "deployment", "--dataset", "telco"]

    done = CliRunner().invoke(command, words, catch_exceptions=False)

    assert done.exit_code == 0
    assert done.stdout == (
        "nothing is in production, so nothing is served; a training whose model is "
        "approved comes first: `python run.py --pipeline training --dataset telco`\n"
    )
    assert not (Path(here.stack.home) / "logs").exists()


def test_a_dry_run_shows_the_policy_of_the_rollout_that_runs(here):
    in_rollout("shadow", model=here.model).write(here.store("ledger"))
    words = ["--pipeline", "deployment", "--dry-run"]

    shown = CliRunner().invoke(command, words, catch_exceptions=False).stdout

    assert "name: small" in shown
    assert "name: production" not in shown


def test_a_setting_and_another_rollout_can_be_chosen(here):
    usual(here.model).write(here.store("ledger"))
    request = replace(REQUEST, rollout="quick", settings=("confirm_seconds=5",))

    found = deployment_config(ROOT, request)

    assert (found.rollout["name"], found.confirm_seconds) == ("quick", 5)


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (replace(REQUEST, policy="improve"), "--policy: the pipeline deployment has"),
        (replace(REQUEST, source="x.csv"), "--source: the pipeline deployment has no"),
        (replace(REQUEST, rollout="quik"), "unknown rollout 'quik'.*nearest is quick"),
        (replace(REQUEST, rollout="none"), "--rollout none: .* has phases"),
        (replace(REQUEST, settings=("confirm=5",)), "nearest is confirm_seconds"),
        (replace(REQUEST, settings=("confirm_seconds=-1",)), "expected at least 0"),
    ],
)
def test_a_mistake_is_one_line_before_anything_runs(here, request_, line):
    usual(here.model).write(here.store("ledger"))

    with pytest.raises(ConfigError, match=line):
        deployment_config(ROOT, request_)


@pytest.mark.parametrize("dataset", ["bank", "online_retail", "subscriptions", "telco"])
def test_every_data_set_names_a_rollout(dataset):
    assert rollout_document(ROOT, dataset, None)["name"] == "production"


def test_a_policy_that_breaks_its_promise_begins_nothing(tmp_path):
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    file = tmp_path / "configs" / "rollouts" / "quick.yaml"
    text = file.read_text()
    file.write_text(text.replace("back_rate: 0.02", "back_rate: 0.001"))

    with pytest.raises(ConfigError, match="more than false_rollback_rate 0.001"):
        rollout_document(tmp_path, "telco", "quick")
    assert rollout_document(ROOT, "telco", "quick")["name"] == "quick"
