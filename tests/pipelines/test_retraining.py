"""Deciding and training again on a clean local stack, for real."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from zenml.client import Client

from cli.models.place import place
from cli.retraining import retrain
from cli.run_pipeline import run_pipeline
from registry.retraining import decision_of
from registry.state import state
from tests.conftest import CHECKOUT
from tests.pipelines.test_promotion import BARE_STACK, OPTIONS, POLICY

pytestmark = [pytest.mark.zenml, pytest.mark.long]
STACK = f'{BARE_STACK}  tables: "${{project}}/tables"\n'


def test_a_person_asks_a_challenger_is_made_and_production_stays(
    clean_zenml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = clean_zenml
    for folder in ("configs", "pipelines", "steps"):
        shutil.copytree(CHECKOUT / folder, root / folder)
    policy = root / "configs" / "policies" / "small.yaml"
    policy.write_text("# Small.\n" + yaml.safe_dump(POLICY))
    (root / "configs" / "stacks" / "bare.yaml").write_text(STACK)
    assert run_pipeline(root, OPTIONS) == 0
    again = replace(OPTIONS, pipeline="retraining", as_json=False)

    idle = retrain(root, replace(again, decide_only=True))
    asked = retrain(root, replace(again, reason="prices changed"))

    events = place(root, "subscriptions", "bare").events()
    quiet, wanted = (e for e in events if "retraining" in e.evidence)
    assert (idle, asked) == (4, 0)
    assert not decision_of(quiet).retrain
    assert decision_of(wanted).because == ("person",)
    assert [event.kind for event in events if event.version == "2"][-1] == "staged"
    assert events[-1].evidence["ended"] == "trained"
    assert state(events).champion == "1"
    runs = Client().list_pipeline_runs(pipeline="retraining", hydrate=True).items
    (page,) = runs[0].steps["publish_retraining_page"].outputs["retraining_page"]
    assert "prices changed" in page.load()
    assert "retrain, a person asks: prices changed" in capsys.readouterr().out
