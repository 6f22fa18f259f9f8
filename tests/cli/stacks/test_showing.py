import json
import shutil
from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.stacks.showing import show_list, show_stack
from tests.stack_variables import VARIABLES

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def nothing_set(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing_set")
def test_the_list_says_what_each_stack_still_needs(capsys, monkeypatch):
    monkeypatch.setenv("HOLDFAST_BUCKET", "mine")

    show_list(CHECKOUT, as_json=True)

    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["local"]["needs"] == []
    assert rows["local"]["orchestrator"] == "local"
    assert "HOLDFAST_LEDGER_URL" in rows["staging"]["needs"]
    assert "HOLDFAST_BUCKET" not in rows["staging"]["needs"]


@pytest.mark.usefixtures("nothing_set")
def test_a_stack_is_shown_as_written_while_variables_are_missing(capsys, monkeypatch):
    monkeypatch.setenv("HOLDFAST_LEDGER_URL", "postgresql+psycopg://me:hush@h/l")

    show_stack(CHECKOUT, "staging", as_json=False)

    shown = capsys.readouterr().out
    assert "HOLDFAST_S3_URL      NOT SET" in shown
    assert "HOLDFAST_LEDGER_URL  (not shown)" in shown
    assert "hush" not in shown
    assert "AWS_REGION           not set, so us-east-1" in shown
    assert "to use it, set HOLDFAST_BUCKET, HOLDFAST_CRM_URL" in shown
    assert "s3://${HOLDFAST_BUCKET}/tables" in shown


def test_a_stack_is_shown_filled_and_secrets_as_references(capsys, monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)

    show_stack(CHECKOUT, "staging", as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["missing"] == []
    assert told["file"]["stores"]["tables"] == "s3://holdfast/tables"
    assert told["secrets"]["holdfast-staging"] == [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "MLFLOW_TRACKING_PASSWORD",
        "MLFLOW_TRACKING_USERNAME",
    ]
    assert told["faults"] == []


@pytest.mark.parametrize("is_set", [True, False])
def test_the_secret_of_a_stack_is_shown_with_the_passwords_of_its_stores(
    capsys, monkeypatch, is_set
):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value if is_set else "")

    show_stack(CHECKOUT, "staging", as_json=False)

    (line,) = [
        li for li in capsys.readouterr().out.splitlines() if "; and, where" in li
    ]
    assert line.endswith(
        "MLFLOW_TRACKING_USERNAME; and, where their servers ask: "
        "HOLDFAST_CRM_PASSWORD, HOLDFAST_LEDGER_PASSWORD, HOLDFAST_ONLINE_PASSWORD"
    )


def test_a_stack_of_files_asks_for_no_passwords(capsys):
    show_stack(CHECKOUT, "local", as_json=True)

    assert json.loads(capsys.readouterr().out)["passwords"] == []


@pytest.mark.usefixtures("nothing_set")
def test_a_secret_that_the_file_does_not_name_is_shown_with_the_way_out(
    capsys, tmp_path
):
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    path = tmp_path / "configs" / "stacks" / "staging.yaml"
    path.write_text(path.read_text().replace("{{holdfast-staging.", "{{holdfast-prod."))

    show_stack(tmp_path, "staging", as_json=False)

    assert (
        "to mend: components.artifact_store: refers to the secret holdfast-prod, which "
        "`secrets` does not name; add holdfast-prod to `secrets`, or refer to "
        "holdfast-staging\n"
    ) in capsys.readouterr().out


def test_an_address_that_is_none_is_shown_with_the_way_out(capsys, monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOLDFAST_ZENML_URL", "zenml.example.com")

    show_stack(CHECKOUT, "staging", as_json=False)

    assert (
        "to mend: server: 'zenml.example.com' has no scheme; write "
        "https://zenml.example.com\n"
    ) in capsys.readouterr().out


def test_an_unknown_stack_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match="no stack 'stagin'.*nearest is staging"):
        show_stack(CHECKOUT, "stagin", as_json=False)
