"""The training pipeline on a clean local stack, for real: ZenML, MLflow, the ledger."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mlflow
import polars as pl
import pytest
import yaml
from zenml.client import Client

import pipelines.caching
from churn.model.columns import to_columns
from cli.run_pipeline import Options, run_pipeline
from datasets.catalogue import load
from registry.ledger import Ledger
from tests import real_data
from tests.conftest import CHECKOUT, fresh_zenml

pytestmark = pytest.mark.zenml
QUICK = (
    "evaluation.resamples=40",
    "leaks.max_rows=500",
    "probes.reseeds=1",
    "probes.timed_calls=20",
    "bounds={roc_auc_floor: 0.5}",
)
SMALL = (
    "simulation.n_customers=1500",
    "search.kinds=[logistic_regression, xgboost]",
    "search.trials=2",
    "search.max_rows=2000",
    *QUICK,
)
# About a business so small nothing else can be proven.
CHECKS = {"ranks_well", "beats_champion"}
OPTIONS = Options(
    pipeline="training",
    dataset="subscriptions",
    source=None,
    stack="local",
    as_of=None,
    settings=SMALL,
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
)


@dataclass(frozen=True)
class Ran:
    """A finished first run."""

    root: Path
    outcome: dict[str, Any]

    @property
    def model(self) -> str:
        """Name of the registered model."""
        return str(self.outcome["registration"]["model"])

    def artifact(self, step: str, name: str) -> Any:
        """An artifact of the run."""
        run = Client().get_pipeline_run(self.outcome["run"])
        return run.steps[step].outputs[name][0].load()


@pytest.fixture(scope="module")
def ran(baked_zenml: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("training")) as root:
        for folder in ("configs", "pipelines", "steps"):
            shutil.copytree(CHECKOUT / folder, root / folder)
        keep_checks(root / "configs" / "policies" / "improve.yaml", CHECKS)
        yield Ran(root, run(root, OPTIONS))


def keep_checks(path: Path, names: set[str]) -> None:
    policy = yaml.safe_load(path.read_text())
    policy["checks"] = [c for c in policy["checks"] if c["name"] in names]
    path.write_text(yaml.safe_dump(policy))


def run(root: Path, options: Options, *, code: int = 0) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("click.echo", printed.append)
        assert run_pipeline(root, options) == code
    return json.loads(printed[-1])


def test_the_first_model_that_passes_is_live_everywhere(ran: Ran) -> None:
    registration = ran.outcome["registration"]
    version = Client().get_model_version(ran.model, "production")
    ledger = Ledger(f"sqlite:///{ran.root}/.holdfast/ledger.db")
    kinds = [event.kind for event in ledger.events(ran.model)]
    ledger.close()

    assert ran.outcome["decision"]["approved"], ran.outcome["decision"]["reason"]
    assert registration["became"] == "production"
    assert str(version.number) == registration["version"]
    assert "approved" in {tag.name for tag in version.tags}
    assert kinds == ["registered", "evaluated", "decided", "promoted"]


def test_mlflow_serves_the_same_probabilities_from_raw_rows(ran: Ran) -> None:
    bundle = ran.artifact("fit_model", "bundle")
    split = ran.artifact("split_snapshots", "split")
    rows = without_some_countries(split.test.head(50))
    uri = f"sqlite:///{ran.root}/.holdfast/artifacts/mlflow.db"
    mlflow.set_tracking_uri(uri)

    model = mlflow.pyfunc.load_model(f"models:/{ran.model}-production@champion")
    raw = rows.select(bundle.feature_names).to_pandas()
    served = model.predict(raw)["probability"]

    assert {"int64", "float64", "object"} == {str(dtype) for dtype in raw.dtypes}
    columns = to_columns(rows, load("subscriptions").model_features)
    assert served.to_numpy() == pytest.approx(bundle.score(columns), abs=1e-9)


def test_every_trial_is_a_run_within_the_run(ran: Ran) -> None:
    client = mlflow.MlflowClient(f"sqlite:///{ran.root}/.holdfast/artifacts/mlflow.db")
    experiment = client.get_experiment_by_name("training")
    runs = client.search_runs([experiment.experiment_id], "", max_results=100)
    nested = [r for r in runs if "mlflow.parentRunId" in r.data.tags]
    (parent,) = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]

    n_trials = sum(c["n_trials"] for c in ran.outcome["search"]["candidates"])
    assert len(nested) == n_trials
    assert parent.data.metrics["roc_auc"] == pytest.approx(
        ran.outcome["scorecard"]["figures"]["roc_auc"]["value"]
    )


def test_the_alerter_got_one_message(ran: Ran) -> None:
    lines = (ran.root / ".holdfast" / "alerts.jsonl").read_text().splitlines()

    assert len(lines) == 1
    assert f"{ran.model} version 1 production" in lines[0]


def test_the_report_is_where_the_summary_says(ran: Ran) -> None:
    page = Path(ran.outcome["report"]).read_text()

    assert "<html" in page
    assert len(page) < 500_000


ALWAYS_NEW = {
    "repair_mirrors",
    "load_tables",
    "score_champion",
    "register_model",
    "publish_models_page",
}
NEW_WITH_A_CHAMPION = {
    "probe_model",
    "evaluate_model",
    "decide_promotion",
    "publish_report",
}


def test_a_second_run_reuses_what_is_equal_and_is_refused_as_the_same_model(
    ran: Ran,
) -> None:
    otherwise = (*SMALL, "evaluation.resamples=41")
    second = run(
        ran.root, replace(OPTIONS, settings=otherwise, fail_on_refusal=True), code=3
    )

    ledger = Ledger(f"sqlite:///{ran.root}/.holdfast/ledger.db")
    origins = [event.lineage for event in ledger.events(ran.model)]
    ledger.close()
    assert origins[0].bundle_sha256 == origins[-1].bundle_sha256
    assert origins[0].configuration_sha256 != origins[-1].configuration_sha256
    assert set(second["times"]["steps"]) == ALWAYS_NEW | NEW_WITH_A_CHAMPION
    assert second["registration"]["became"] == "rejected"
    assert second["scorecard"]["champion_is_same_bundle"]


def test_a_changed_core_file_runs_every_step_again_and_gives_the_same_bundle(
    ran: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in pipelines.caching.SOURCES:
        shutil.copytree(CHECKOUT / folder, tmp_path / folder)
    shutil.copy(CHECKOUT / "requirements.txt", tmp_path)
    with (tmp_path / "churn" / "splits.py").open("a") as file:
        file.write("# changed\n")
    monkeypatch.setattr(pipelines.caching, "ROOT", tmp_path)

    again = run(ran.root, OPTIONS)

    assert again["times"]["reused"] == []
    first = ran.artifact("fit_model", "bundle")
    second = replace(ran, outcome=again).artifact("fit_model", "bundle")
    assert second.bundle_sha256 == first.bundle_sha256
    assert {n for n in first.files if first.files[n] != second.files[n]} <= {
        "manifest.json"
    }


def test_a_failed_run_says_where_why_and_where_the_log_is(
    ran: Ran, capsys: pytest.CaptureFixture[str]
) -> None:
    too_late = replace(OPTIONS, settings=(*SMALL, "snapshots.first=2030-01-01"))
    alerts = ran.root / ".holdfast" / "alerts.jsonl"
    n_before = len(alerts.read_text().splitlines())

    code = run_pipeline(ran.root, too_late)

    told = capsys.readouterr().err
    log = Path(told.rpartition("log: ")[2].strip())
    assert code == 1
    assert "failed in step build_snapshots: no snapshot has matured" in told
    assert "NotEnoughDataError" in log.read_text()
    new = alerts.read_text().splitlines()[n_before:]
    assert len(new) == 1
    assert "failed in build_snapshots: no snapshot has matured" in new[0]


def without_some_countries(rows: pl.DataFrame) -> pl.DataFrame:
    """No simulated text is missing; here the first is, and every third."""
    is_kept = pl.int_range(pl.len()) % 3 != 0
    return rows.with_columns(country=pl.when(is_kept).then("country"))


BARE_STACK = """# Nothing but a place to run.
components:
  orchestrator: {flavor: local}
  artifact_store: {flavor: local, configuration: {path: "${project}/artifacts"}}
stores:
  ledger: "sqlite:///${project}/ledger.db"
  release: "${project}/releases"
"""


def test_a_table_of_customers_trains_on_a_stack_without_tracker_or_alerter(
    ran: Ran,
) -> None:
    source = str(real_data.path("telco/Telco-Customer-Churn.csv").resolve())
    (ran.root / "configs" / "stacks" / "bare.yaml").write_text(BARE_STACK)
    settings = ("search=null", "model.kind=logistic_regression", *QUICK)

    done = run(
        ran.root,
        replace(
            OPTIONS, dataset="telco", source=source, stack="bare", settings=settings
        ),
    )

    assert done["registration"]["became"] == "production"
    assert done["rows"] == {"customers": 7043}
    assert 0.82 < done["scorecard"]["figures"]["roc_auc"]["value"] < 0.88
