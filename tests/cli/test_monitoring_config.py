"""What a look at the model in production is told."""

from pathlib import Path

import pytest

from churn.errors import ConfigError, SourceError
from cli.deployment_config import NothingLiveError
from cli.models.place import place
from cli.monitoring_config import check_monitoring_options, monitoring_config
from cli.pipeline_config import Request
from cli.run_pipeline import _reads_source, model_of
from cli.stacks.file import load_stack
from tests.ledger_histories import History

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def live(tmp_path, monkeypatch):
    """Version 1 of both data sets' models is in production."""
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))
    for dataset in ("subscriptions", "telco"):
        here = place(ROOT, dataset, "local")
        History(here.model).trained(1, "promoted").write(here.store("ledger"))


@pytest.mark.usefixtures("live")
def test_a_look_belongs_to_the_version_in_production():
    config = monitoring_config(ROOT, Request("subscriptions"))

    stack = load_stack("local", root=ROOT, environ={})
    assert (config.version, config.monitoring["window_days"]) == ("1", 28)
    assert model_of(config, stack)["version"] == "1"
    assert config.has_source


@pytest.mark.usefixtures("live")
def test_the_window_and_label_files_asked_for_count(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("customer_id,snapshot_date,is_churn\n")
    request = Request("telco", window_days=7, labels=(str(path),))

    config = monitoring_config(ROOT, request)

    assert config.monitoring["window_days"] == 7
    assert config.labels == [str(path)]


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(("source", "reads"), [(None, False), ("Telco.csv", True)])
def test_a_data_set_without_embedded_data_may_be_looked_at_by_files_alone(
    source, reads
):
    config = monitoring_config(ROOT, Request("telco", source=source))

    assert _reads_source(config) is reads


@pytest.mark.parametrize(
    ("request_", "error", "reason"),
    [
        (Request("telco", policy="improve"), ConfigError, "--policy"),
        (Request("telco", labels=("gone.csv",)), SourceError, "no file or folder"),
        (
            Request("telco", settings=("monitoring.window_days=0",)),
            ConfigError,
            "window_days",
        ),
        (
            Request("telco", settings=("alerts.repeat_days=0",)),
            ConfigError,
            r"alerts\.repeat_days",
        ),
        (
            Request("telco", settings=("evidently_rows=-1",)),
            ConfigError,
            "evidently_rows: expected at least 0",
        ),
        (Request("telco"), NothingLiveError, "nothing is to be monitored"),
    ],
    ids=["policy", "labels", "plan", "alerts", "evidently", "nothing_live"],
)
def test_what_cannot_be_is_one_line(request_, error, reason, tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))

    with pytest.raises(error, match=reason):
        monitoring_config(ROOT, request_)


def test_other_pipelines_have_no_use_for_its_options():
    check_monitoring_options("monitoring", {"--window": 7})
    check_monitoring_options("training", {"--window": None, "--labels": ()})

    with pytest.raises(ConfigError, match="--labels: the pipeline training has no use"):
        check_monitoring_options("training", {"--labels": ("a.csv",)})
