"""What Kubeflow and Airflow are given, run for real: each step in a container.

kfp's own DockerRunner stands in for Kubeflow's controllers; Airflow is Airflow.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from zenml.client import Client

from tests.cluster.forwarding import forwarded
from tests.cluster.where import REGISTRY, Where
from tests.conftest import CHECKOUT
from tests.orchestrators.kubeflow_api import kubeflow_api
from tests.staging.bringing_up import staging
from tests.staging.teams import Checkout, connected

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore:This client only works with Kubeflow Pipeline"),
]

AIRFLOW = CHECKOUT / ".venv-airflow" / "bin" / "airflow"
KEY = "ZENML_STORE_API_KEY"


@dataclass(frozen=True)
class Engine:
    """A Docker engine: our image in it, and the address of this machine to it."""

    image: str
    host: str


@pytest.fixture(scope="module")
def engine() -> Engine:
    """What DOCKER_HOST names, or Docker's own socket."""
    docker = pytest.importorskip("docker")
    pytest.importorskip("kfp", reason="no package kfp: setup-kubeflow")
    registry = os.environ.get(REGISTRY)
    if not registry:
        pytest.skip(f"{REGISTRY} not set: docs/cluster-tests.md says how")
    try:
        client = docker.from_env()
    except docker.errors.DockerException:
        pytest.skip("no Docker engine; DOCKER_HOST names one")
    with closing(client):
        (bridge,) = client.networks.get("bridge").attrs["IPAM"]["Config"]
    image = Where("", "", registry, "", "").image("holdfast-pipeline")
    return Engine(image, str(ip_network(bridge["Subnet"])[1]))


@pytest.fixture(scope="module")
def variables(engine: Engine) -> Iterator[dict[str, str]]:
    """What a person exports: all servers run, at an address that containers reach."""
    with staging() as servers, forwarded(servers.variables, engine.host) as reached:
        for stack in ("kubeflow", "airflow"):
            servers.zenml.keep(f"holdfast-{stack}", servers.secret)
        yield {
            **reached,
            "HOLDFAST_IMAGE": engine.image,
            "HOLDFAST_MODELS_URL": f"http://{engine.host}/{{namespace}}/{{name}}",
            "HOLDFAST_REGISTRY": os.environ[REGISTRY],
            "HOLDFAST_SERVING_IMAGE": engine.image,
        }


def test_kubeflows_definition_of_the_training_runs_to_its_end(
    engine, variables, tmp_path
):
    from kfp import components, local

    def run(pipeline: dict[str, Any]) -> str:
        """Run it with the variables that it asks for, and the secret's."""
        spec = pipeline["pipeline_spec"]
        first, *_ = spec["deploymentSpec"]["executors"].values()
        environment = {e["name"]: e["value"] for e in first["container"]["env"]}
        environment |= {KEY: variables[KEY], "KFP_RUN_ID": uuid.uuid4().hex}
        local.init(
            local.DockerRunner(network_mode="host", environment=environment),
            pipeline_root=str(tmp_path / "outputs"),
            raise_on_error=False,
        )
        text = yaml.safe_dump_all([spec, pipeline["platform_spec"]])
        ran = components.load_component_from_text(text)()
        return "SUCCEEDED" if ran.state == "SUCCESS" else "FAILED"

    with kubeflow_api(run, host=engine.host) as api:
        told = {**variables, "HOLDFAST_KUBEFLOW_URL": api.url}
        with connected(told, tmp_path) as root:
            told = Checkout(root, "kubeflow").train()

            assert Client().get_pipeline_run(told["run"]).status == "completed"
    assert told["decision"]["approved"]
    assert told["registration"]["version"] == "1"
    assert len(told["times"]["steps"]) == len(spec_of(api)["root"]["dag"]["tasks"])


def test_airflow_runs_the_dag_that_a_stack_wrote(variables, tmp_path):
    dags = tmp_path / "dags"
    dags.mkdir()
    told = {
        **variables,
        "HOLDFAST_AIRFLOW_DAGS": str(dags),
        # Airflow's own way to give a connection: here only a password.
        "AIRFLOW_CONN_HOLDFAST_ZENML": f'{{"password": "{variables[KEY]}"}}',
    }
    with connected(told, tmp_path) as root:
        beside(root / "configs" / "stacks" / "airflow.yaml")
        told = Checkout(root, "airflow").run("features", "simulation.n_customers=200")
        (dag,) = dags.glob("*.zip")

        said = airflow(tmp_path / "airflow", dags, dag.stem)

        assert told["to"] == "airflow"
        assert Client().get_pipeline_run(told["run"]).status == "completed", said
    assert variables[KEY] not in said


def beside(stack: Path) -> None:
    """Let the containers be in this machine's network, where the servers are."""
    document = yaml.safe_load(stack.read_text())
    document["components"]["orchestrator"]["configuration"]["operator_args"] = {
        "network_mode": "host",
        "mount_tmp_dir": False,
        "auto_remove": "force",
    }
    stack.write_text(yaml.safe_dump(document))


def airflow(home: Path, dags: Path, dag: str) -> str:
    """Run a DAG as ``airflow dags test`` does; what it logged."""
    if not AIRFLOW.exists():
        pytest.skip("Airflow is absent: no .venv-airflow")
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    said = ""
    for command in (["db", "migrate"], ["dags", "reserialize"], ["dags", "test", dag]):
        done = subprocess.run(
            [AIRFLOW, *command],
            env=os.environ | own,
            capture_output=True,
            text=True,
            check=False,
        )
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
    return said


def spec_of(api: Any) -> dict[str, Any]:
    return api.submitted[-1]["pipeline_spec"]["pipeline_spec"]
