"""The demo's own folder."""

import os

import pytest
import yaml

from cli.config import names_in
from cli.demo.errors import DemoError
from cli.demo.plot import USUAL
from cli.demo.stage import MARK, Stage
from cli.pipeline_config import Request
from cli.root import ROOT
from cli.training_config import training_config


@pytest.fixture
def stage(tmp_path):
    made = Stage(tmp_path / "demo")
    made.clear()
    return made


def test_files_of_somebody_else_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(DemoError, match="expected no folder, an empty one or an earl"):
        Stage(tmp_path).clear()

    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_an_earlier_story_makes_way(stage):
    stage.page.write_text("before")

    stage.clear()

    assert [path.name for path in stage.folder.iterdir()] == [MARK]


def test_the_configurations_differ_from_the_projects_in_what_the_plot_says_alone(stage):
    stage.furnish(USUAL)

    copied = stage.folder / "configs"
    changed = {
        f"{path.parent.name}/{path.stem}"
        for path in copied.rglob("*.yaml")
        if yaml.safe_load(path.read_text())
        != yaml.safe_load((ROOT / path.relative_to(stage.folder)).read_text())
    }
    assert changed == set(USUAL.changes)
    config = training_config(stage.folder, Request("subscriptions"))
    assert config.simulation.n_customers == USUAL.n_customers
    assert config.simulation.shock_date == USUAL.shock


def test_the_story_uses_names_that_there_are():
    assert "demo" in names_in(ROOT / "configs" / "rollouts")
    for name in USUAL.changes:
        assert (ROOT / "configs" / f"{name}.yaml").exists()


def test_what_a_user_has_set_elsewhere_is_forgotten(stage, monkeypatch):
    monkeypatch.setenv("HOLDFAST_ALERT_WEBHOOK", "https://pager")
    monkeypatch.setenv("ZENML_STORE_URL", "https://zenml")
    before = dict(os.environ)
    try:
        stage.enter()

        ours = {k for k in os.environ if k.startswith("HOLDFAST_")}
        assert ours == {"HOLDFAST_HOME"}
        assert "ZENML_STORE_URL" not in os.environ
        assert os.environ["ZENML_CONFIG_PATH"].startswith(str(stage.folder))
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_what_is_left_is_the_page_and_what_it_links_to(stage):
    stage.furnish(USUAL)
    stage.page.write_text("<p>")
    (stage.folder / "reports").mkdir()
    (stage.home / "servers").mkdir(parents=True)

    stage.tidy()

    left = {path.name for path in stage.folder.iterdir()}
    assert left == {MARK, "story.html", "reports"}
    assert (ROOT / "pipelines").is_dir()
