"""What Airflow makes of our pipelines: its own DagBag, in its own environment."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.outcome import Times
from cli.submission import handed_over
from tests.conftest import CHECKOUT
from tests.orchestrators.conftest import IMAGE, Repository

pytestmark = pytest.mark.server

PYTHON = CHECKOUT / ".venv-airflow" / "bin" / "python"
POD = "KubernetesPodOperator"
PODS = f"airflow.providers.cncf.kubernetes.operators.pod.{POD}"
# The widest and a short one; that each compiles, Kubeflow's tests show.
PIPELINES = ("features", "monitoring", "training")
KEY = "{{ conn.get('holdfast_zenml').password }}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PYTHON.exists():
        pytest.skip("Airflow is absent: no .venv-airflow")
    return tmp_path_factory.mktemp("dags")


@pytest.fixture(scope="module")
def written(repository: Repository, folder: Path) -> Iterator[dict[str, Any]]:
    """Each pipeline for Docker, one for pods as well; as Airflow reads them.

    What was written is Airflow's to run: nothing is waited for.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOLDFAST_AIRFLOW_DAGS", str(folder))
        patch.setenv("HOLDFAST_AIRFLOW_OPERATOR", PODS)
        repository.apply("airflow")
        repository.submit("monitoring", "airflow")
        in_pods = set(folder.iterdir())
        patch.delenv("HOLDFAST_AIRFLOW_OPERATOR")
        repository.apply("airflow")
        for pipeline in PIPELINES:
            name, problem = repository.submit(pipeline, "airflow")
            assert problem is None
            assert handed_over(name, Times({}, (), 0.0)).to == "airflow"
        read = dags(folder)
        (pods,) = (read.pop(path.stem) for path in in_pods)
        yield {**{name.rpartition("_")[0]: dag for name, dag in read.items()}, "": pods}


def dags(folder: Path) -> dict[str, Any]:
    """Airflow's DagBag; the DAGs by their names."""
    home = folder.parent / "airflow"
    own = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    script = CHECKOUT / "tests" / "orchestrators" / "dagbag_session.py"
    done = subprocess.run(
        [PYTHON, script, folder],
        env={"PATH": os.environ["PATH"], **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["errors"] == {}
    return told["dags"]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_step_is_a_task_that_waits_for_what_its_source_says(
    repository, written, pipeline
):
    dag = written[pipeline]

    waits = {step: tuple(task["upstream"]) for step, task in dag["tasks"].items()}
    graph = repository.graph(pipeline)
    assert waits == {step: tuple(sorted(before)) for step, before in graph.items()}
    assert dag["schedule"] == "@once"
    assert not dag["catchup"]
    assert not dag["is_paused"]


@pytest.mark.parametrize("pipeline", [*PIPELINES, ""])
def test_every_task_runs_our_image_with_the_stores_of_the_stack(
    repository, written, pipeline
):
    stack = repository.stack("airflow")

    for step, task in written[pipeline]["tasks"].items():
        assert task["operator"] == ("DockerOperator" if pipeline else POD)
        assert task["image"] == IMAGE
        assert task["given"][:3] == ["python", "-m", "zenml.entrypoints.entrypoint"]
        assert task["given"][-2:] == ["--step_name", step]
        assert task["environment"].items() >= stack.environment.items()


@pytest.mark.parametrize("pipeline", [*PIPELINES, ""])
def test_the_dag_holds_no_credential_but_where_airflow_finds_one(
    repository, written, pipeline
):
    text = json.dumps(written[pipeline])

    assert "API_TOKEN" not in text
    assert not [one for one in repository.credentials if one in text]
    for task in written[pipeline]["tasks"].values():
        assert task["environment"]["ZENML_STORE_API_KEY"] == KEY
        assert {"environment", "env_vars"} & set(task["templated"])
