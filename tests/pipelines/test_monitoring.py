"""Batches, then looks at the model, on a clean local stack, for real."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.models.place import Place, place
from cli.run_pipeline import Options, run_pipeline
from storage.health import last_health
from tests.conftest import CHECKOUT, fresh_zenml
from tests.pipelines.test_promotion import POLICY, SETTINGS

pytestmark = [pytest.mark.zenml, pytest.mark.long]
STACK = """# A place to run, and what monitoring reads and writes.
components:
  orchestrator: {flavor: local}
  artifact_store: {flavor: local, configuration: {path: "${project}/artifacts"}}
  alerter: {flavor: holdfast_file, configuration: {path: "${project}/alerts.jsonl"}}
stores:
  alerts: "${project}/alerts"
  ledger: "sqlite:///${project}/ledger.db"
  predictions: "${project}/predictions"
  release: "${project}/releases"
  tables: "${project}/tables"
"""
SIMULATED = SETTINGS[:2]
OPTIONS = Options(
    pipeline="monitoring",
    dataset="subscriptions",
    source=None,
    stack="bare",
    as_of="2024-09-20",
    settings=SIMULATED,
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
)
TRAINING = replace(
    OPTIONS,
    pipeline="training",
    as_of="2024-08-15",
    settings=(*SETTINGS, "model.kind=logistic_regression"),
    policy="small",
)
BATCH = replace(
    OPTIONS,
    pipeline="batch_inference",
    settings=(*SIMULATED, "scoring.reasons=none"),
)


def printed(capsys: pytest.CaptureFixture[str], root: Path, options: Options) -> Any:
    """The JSON document that a run printed."""
    capsys.readouterr()
    assert run_pipeline(root, options) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def here(baked_zenml: Path, tmp_path: Path) -> Iterator[Place]:
    with fresh_zenml(baked_zenml, tmp_path) as root:
        for folder in ("configs", "pipelines", "steps"):
            shutil.copytree(CHECKOUT / folder, root / folder)
        policies = root / "configs" / "policies"
        (policies / "small.yaml").write_text("# Small.\n" + yaml.safe_dump(POLICY))
        (root / "configs" / "stacks" / "bare.yaml").write_text(STACK)
        yield place(root, "subscriptions", "bare")


def test_scores_are_followed_to_their_outcomes_and_alarms_told_once(
    here: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    root = here.root
    nothing = printed(capsys, root, OPTIONS)
    assert "nothing is to be monitored" in nothing["nothing_live"]
    printed(capsys, root, TRAINING)
    for day in ("2024-07-20", "2024-09-20"):
        printed(capsys, root, replace(BATCH, as_of=day))
    strict = "monitoring.tolerances.quality_share=0"
    labels = root / "labels.csv"
    labels.write_text("customer_id,snapshot_date,is_churn\nNOBODY,2024-07-21,true\n")
    asked = replace(
        OPTIONS, settings=(*SIMULATED, strict), labels=(str(labels),), window_days=90
    )

    first, again = printed(capsys, root, asked), printed(capsys, root, asked)

    assert first["health"]["version"] == "1"
    assert first["health"]["n_days"] == 2
    assert first["health"]["measured"]["n"] == first["labelling"]["n_known"] > 300
    because = first["labelling"]["quarantined_because"]
    assert because == {"customer_id|never_scored": 1}
    kept = last_health(
        here.model, until=date(2024, 10, 1), environ=here.stack.environment
    )
    assert kept is not None
    assert kept.sentence == again["health"]["sentence"]
    told = [event for event in here.events() if event.kind == "alarmed"]
    n_told = len(first["alerted"]["told"])
    assert len(told) == n_told
    assert again["alerted"]["told"] == []
    folder = Path(here.stack.environment["HOLDFAST_ALERTS_URL"]) / here.model
    assert len(list(folder.glob("*.json"))) == n_told
    assert "Is it healthy?" in Path(first["page"]).read_text()
