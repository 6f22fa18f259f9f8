"""A whole stack, with everything that can be wrong with it at once."""

import shutil
import sys
import threading
import time

import pytest

from cli.doctor.doctor import check_before_run, doctor
from cli.doctor.examining import examine_all
from cli.doctor.finding import StackUnwellError
from cli.stacks.file import load_stack
from tests.cli.doctor.cases import stack
from tests.cli.doctor.tls_servers import dead_port
from tests.conftest import CHECKOUT

PORT = dead_port()
GONE = f"127.0.0.1:{PORT}"
SHIPPED = ("airflow", "kubeflow", "kubernetes", "local", "staging")
ENVIRON = {
    "HOLDFAST_ZENML_URL": f"http://{GONE}",
    "HOLDFAST_S3_URL": f"http://{GONE}",
    "HOLDFAST_BUCKET": "shop",
    "HOLDFAST_MLFLOW_URL": f"http://{GONE}",
    "HOLDFAST_LEDGER_URL": f"postgresql+psycopg://me@{GONE}/ledger",
    "HOLDFAST_CRM_URL": f"mysql+pymysql://me@{GONE}/crm",
    "HOLDFAST_ONLINE_URL": f"redis://{GONE}/0",
    "HOLDFAST_SERVER_URL": f"http://{GONE}",
    "HOLDFAST_REGISTRY": GONE,
    "HOLDFAST_IMAGE": f"{GONE}/holdfast/pipeline:1",
    "HOLDFAST_SERVING_IMAGE": f"{GONE}/holdfast/serving:1",
    "HOLDFAST_MODELS_URL": "https://models.invalid/{namespace}/{name}",
    "HOLDFAST_KUBEFLOW_URL": f"http://{GONE}/pipeline",
    "HOLDFAST_AIRFLOW_DAGS": "/no/such/folder",
    "KUBECONFIG": "/no/such/kubeconfig",
}


@pytest.fixture
def root(tmp_path):
    """A checkout's configuration, with nothing else."""
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    shutil.copytree(CHECKOUT / "steps", tmp_path / "steps")
    return tmp_path


def looked_at(name, root, *, is_quick):
    given = load_stack(name, root=root, environ=ENVIRON)
    return doctor(given, root=CHECKOUT, environ=ENVIRON, quick=is_quick)


def where(findings):
    return {finding.where for finding in findings if finding.is_problem}


def test_a_stack_of_this_machine_is_well_and_keeps_no_run_waiting(root):
    given = load_stack("local", root=root, environ=ENVIRON)
    began = time.monotonic()

    check_before_run(given, root=root, environ=ENVIRON)

    assert time.monotonic() - began < 0.1


def test_the_whole_look_at_a_stack_of_this_machine_makes_nothing(root):
    assert where(looked_at("local", root, is_quick=False)) == set()
    assert not (root / ".holdfast").exists()


def test_every_part_of_staging_that_is_away_is_named_at_once(root, clean_zenml):
    assert where(looked_at("staging", root, is_quick=False)) == {
        "server",
        "components.artifact_store",
        "components.experiment_tracker",
        "components.model_deployer",
        "stores.alerts",
        "stores.crm",
        "stores.exports",
        "stores.ledger",
        "stores.online",
        "stores.predictions",
        "stores.release",
        "stores.tables",
    }


def test_before_a_run_every_problem_is_one_line(root, clean_zenml):
    given = load_stack("kubernetes", root=root, environ=ENVIRON)

    with pytest.raises(StackUnwellError) as caught:
        check_before_run(given, root=CHECKOUT, environ=ENVIRON)

    head, *lines = str(caught.value).splitlines()
    assert head == "the stack kubernetes is not well, and nothing was begun:"
    assert len(lines) == len(
        {line.partition(": ")[2].partition(": ")[2] for line in lines}
    )
    (gone,) = [line for line in lines if "nobody listens" in line]
    assert "components.artifact_store, stores.alerts" in gone
    assert all(line.startswith("configs/stacks/kubernetes.yaml: ") for line in lines)
    assert all("; " in line for line in lines)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_shipped_stack_is_at_odds_with_itself(name, root, clean_zenml, monkeypatch):
    monkeypatch.setitem(ENVIRON, "HOLDFAST_LEDGER_URL", "mysql+pymysql://me@db/ledger")
    for variable, value in ENVIRON.items():
        monkeypatch.setitem(ENVIRON, variable, value.replace(GONE, "shop.invalid:9"))

    found = looked_at(name, root, is_quick=False)

    of_the_file = {"components", "settings"}
    assert where(found) & of_the_file == set()
    assert not [
        f
        for f in found
        if f.is_problem
        and "of this machine" in f.told
        and "ZenML is connected" not in f.told
    ]


def test_without_its_secrets_a_stack_does_not_blame_passwords(clean_zenml):
    given = stack(
        {"artifact_store": {"flavor": "s3", "configuration": {"path": "s3://a/b"}}},
        secrets=["holdfast-shop"],
    )

    found = doctor(given, root=CHECKOUT, environ={}, quick=True)

    assert [f.told for f in found if f.where == "secrets"] == [
        "ZenML knows no secret holdfast-shop"
    ]


def test_secrets_that_zenml_does_not_give_in_time_are_not_waited_for(monkeypatch):
    never = threading.Event()
    whole = sys.modules[doctor.__module__]
    monkeypatch.setattr(whole, "read_secrets", lambda _: never.wait(5) and {})
    monkeypatch.setitem(examine_all.__kwdefaults__, "limit_seconds", 0.2)

    found = doctor(
        stack(secrets=["shop"]), root=CHECKOUT, environ={"KEY": ""}, quick=True
    )
    never.set()

    assert [f.told for f in found if f.where == "secrets"] == ["no answer within 0.2 s"]


def test_an_unknown_flavor_and_a_wrong_field_are_findings_too():
    wrong = stack({"alerter": {"flavor": "slak"}})
    field = stack({"alerter": {"flavor": "slack", "configuration": {"tokn": "x"}}})

    first, second = (
        doctor(given, root=CHECKOUT, environ={}, quick=False)[0]
        for given in (wrong, field)
    )

    assert "unknown flavor 'slak'" in first.told
    assert first.way_out == "nearest is slack"
    assert "tokn" in second.told
