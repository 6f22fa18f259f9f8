"""A new environment is one new file: pipelines run there, nothing else changes."""

import json
import shutil
from pathlib import Path

import pytest
from zenml.client import Client

from cli.run_pipeline import Options, run_pipeline
from datasets.catalogue import load
from storage.feature_table import FeatureTable

CHECKOUT = Path(__file__).resolve().parents[3]
FILE = """# Two folders of one machine.
components:
  orchestrator: {flavor: local}
  artifact_store: {flavor: local, configuration: {path: "${NEW_PLACE}/artifacts"}}
  experiment_tracker: {flavor: mlflow}
  model_registry: {flavor: mlflow}
stores:
  ledger: "sqlite:///${NEW_PLACE}/ledger.db"
  online: "sqlite:///${NEW_PLACE}/online.db"
  release: "${NEW_PLACE}/releases"
  tables: "${NEW_PLACE}/tables"
environment: {NEW_VARIABLE: "${NEW_VARIABLE:-as it was}"}
steps:
  repair_mirrors: {experiment_tracker: true}
"""
FEATURES = Options(
    pipeline="features",
    dataset="subscriptions",
    source=None,
    stack="elsewhere",
    as_of=None,
    settings=("simulation.n_customers=300", "simulation.n_days=200"),
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
)


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.zenml
@pytest.mark.long
def test_a_pipeline_runs_in_a_new_environment_that_is_one_file(
    clean_zenml, tmp_path, monkeypatch, capsys
):
    for folder in ("configs", "pipelines", "steps"):
        shutil.copytree(CHECKOUT / folder, clean_zenml / folder)
    before = _files(clean_zenml / "configs")
    added = clean_zenml / "configs" / "stacks" / "elsewhere.yaml"
    added.write_text(FILE)
    place = tmp_path / "place"
    monkeypatch.setenv("NEW_PLACE", str(place))
    monkeypatch.chdir(clean_zenml)

    code = run_pipeline(clean_zenml, FEATURES)

    assert code == 0
    assert json.loads(capsys.readouterr().out)
    active = Client().active_stack_model
    assert active.name == "holdfast-elsewhere"
    assert active.environment["NEW_VARIABLE"] == "as it was"
    there = {"HOLDFAST_TABLES_URL": f"{place}/tables"}
    assert FeatureTable.of(load("subscriptions"), environ=there).dates()
    assert _files(clean_zenml / "configs") - before == {added}
    assert not (clean_zenml / ".holdfast" / "tables").exists()
