"""A night's run on a clean local stack, for real."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from zenml.client import Client

from churn.batch.record import CONTACT
from cli.run_pipeline import Options, run_pipeline
from datasets.catalogue import load
from storage.delta import TABLES_URL
from storage.feature_table import FeatureTable
from storage.score_table import ScoreTable
from tests.conftest import CHECKOUT, fresh_zenml
from tests.pipelines.test_promotion import BARE_STACK, POLICY, SETTINGS

pytestmark = [pytest.mark.zenml, pytest.mark.long]
STACK = f"""{BARE_STACK}  tables: "${{project}}/tables"
  crm: "sqlite:///${{project}}/crm.db"
  exports: "${{project}}/exports"
"""
TRAINING = Options(
    pipeline="training",
    dataset="subscriptions",
    source=None,
    stack="bare",
    as_of=None,
    settings=(*SETTINGS, "model.kind=xgboost"),
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
    policy="small",
)
BATCH = replace(
    TRAINING,
    pipeline="batch_inference",
    settings=(*SETTINGS[:2], "scoring.targets.share=0.1"),
    policy=None,
    as_of="2024-08-31",
)


@pytest.fixture(scope="module")
def root(baked_zenml: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("batch")) as root:
        for folder in ("configs", "pipelines", "steps"):
            shutil.copytree(CHECKOUT / folder, root / folder)
        policies = root / "configs" / "policies"
        (policies / "small.yaml").write_text("# Small.\n" + yaml.safe_dump(POLICY))
        (root / "configs" / "stacks" / "bare.yaml").write_text(STACK)
        assert run_pipeline(root, TRAINING) == 0
        yield root


def run(root: Path, options: Options) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("click.echo", printed.append)
        assert run_pipeline(root, options) == 0
    return json.loads(printed[-1])


def test_a_night_run_twice_scores_everybody_once_and_makes_no_version(root):
    first = run(root, BATCH)
    again = run(root, BATCH)

    scored, environ = again["scored"], {TABLES_URL: f"{root}/.holdfast/tables"}
    table = ScoreTable.of(scored["model"], environ=environ)
    (day,) = table.dates()
    features = FeatureTable.of(load("subscriptions"), environ=environ)
    rows = table.read(day)
    assert scored["address"] == table.url
    assert scored["snapshot_date"] == str(day) == "2024-09-01"
    assert len(rows) == scored["n_scored"] == features.count([day]) > 0
    assert rows["model_version"].unique().to_list() == ["1"]
    assert int((rows["decision"] == CONTACT).sum()) == scored["n_contacted"]
    assert scored["n_listed"] == scored["n_explained"] <= len(rows) // 10
    assert (first["current"]["is_built"], again["current"]["is_built"]) == (True, False)
    assert (
        first["scored"]["origin"]["data_version"] == (scored["origin"]["data_version"])
    )
    versions = Client().list_model_versions(model=scored["model"])
    assert [version.name for version in versions] == ["1"]
    csv = pl.read_csv(again["exported"]["csv"])
    assert len(csv) == again["exported"]["n_customers"] == scored["n_listed"]
    assert Path(again["report"]).is_file()
