"""Batches, then looks at the model, on a clean local stack, for real."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from cli.models.place import Place, place
from cli.run_pipeline import Options, run_pipeline
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
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
SIMULATION = Simulation(
    seed=20240101,
    n_customers=700,
    n_days=270,
    start=date(2024, 1, 1),
    shock_date=None,
)
SILENCED = ("logins", "usage")
N_HEARD = 20
SCORED = date(2024, 7, 21)


OPTIONS = Options(
    pipeline="monitoring",
    dataset="subscriptions",
    source=None,
    stack="bare",
    as_of="2024-09-20",
    settings=("monitoring.fewest_rows=100",),
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
    settings=("scoring.reasons=none",),
)


def printed(capsys: pytest.CaptureFixture[str], root: Path, options: Options) -> Any:
    """The JSON document that a run printed."""
    capsys.readouterr()
    assert run_pipeline(root, options) == 0
    return json.loads(capsys.readouterr().out)


def deliver(folder: Path) -> str:
    """The business's tables, but of most customers nobody says what they do."""
    folder.mkdir()
    tables, _ = simulate(SIMULATION)
    heard = tables["customers"]["customer_id"].sort().head(N_HEARD)
    for name, rows in tables.items():
        is_told = pl.col("customer_id").is_in(heard.implode())
        kept = rows.filter(is_told) if name in SILENCED else rows
        kept.write_parquet(folder / f"{name}.parquet")
    return str(folder)


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
    nothing = printed(capsys, root, replace(OPTIONS, settings=SIMULATED))
    assert "nothing is to be monitored" in nothing["nothing_live"]
    printed(capsys, root, TRAINING)
    source = deliver(root / "delivered")
    printed(capsys, root, replace(BATCH, as_of="2024-07-20", source=source))
    labels = root / "labels.csv"
    customers = [
        "NOBODY",
        *pl.read_parquet(f"{source}/customers.parquet")["customer_id"],
    ]
    rows = [f"{customer},{SCORED},true" for customer in customers]
    labels.write_text("\n".join(["customer_id,snapshot_date,is_churn", *rows]))
    settings = (*OPTIONS.settings, "evidently_rows=0")
    asked = replace(OPTIONS, settings=settings, source=source, window_days=90)

    first = printed(capsys, root, replace(asked, labels=(str(labels),)))
    again = printed(capsys, root, asked)

    lenient = (*settings, "monitoring.tolerances.quality_share=0.95")
    unsure = printed(capsys, root, replace(asked, settings=lenient))

    # What is seen less surely, and is not within tolerance, stands as it was told.
    (alarm,) = [one for one in unsure["health"]["harms"] if one["is_alarm"]]
    assert alarm["statistic"] < alarm["threshold"]
    assert "stands, less surely than when told" in unsure["health"]["sentence"]
    assert (unsure["health"]["verdict"], unsure["alerted"]["told"]) == ("harmed", [])
    assert first["health"]["verdict"] == "harmed"
    assert first["health"]["n_days"] == 1
    assert first["health"]["measured"]["n"] == first["labelling"]["n_known"] > 300
    assert set(first["labelling"]["quarantined_because"]) == {
        "customer_id|never_scored"
    }
    # Labels that were given once are known to the second run too.
    assert "label files" in first["labelling"]["sources"]
    assert again["labelling"]["sources"] == first["labelling"]["sources"]
    assert again["labelling"]["n_quarantined"] == 0
    kept = last_health(
        here.model, until=date(2024, 10, 1), environ=here.stack.environment
    )
    assert kept is not None
    assert kept.sentence == unsure["health"]["sentence"]
    assert first["health"]["sentence"] == again["health"]["sentence"]
    told = [event for event in here.events() if event.kind == "alarmed"]
    names = [event.evidence["notice"]["name"] for event in told]
    assert "quality:missing" in names
    assert [notice["name"] for notice in first["alerted"]["told"]] == names
    assert again["alerted"]["told"] == []
    assert first["alerted"]["channels"]["alerter"] == f"{len(told)} told"
    folder = Path(here.stack.environment["HOLDFAST_ALERTS_URL"]) / here.model
    assert len(list(folder.glob("*.json"))) == len(told)
    assert "Is it healthy?" in Path(first["page"]).read_text()
