"""What Kubeflow gets of every pipeline: compiled by kfp, read by kfp's own loader."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from zenml.client import Client

import cli.submission
from tests.orchestrators.conftest import IMAGE, PIPELINES, Repository
from tests.orchestrators.kubeflow_api import KubeflowApi, kubeflow_api

pytestmark = [
    pytest.mark.server,
    pytest.mark.filterwarnings("ignore:This client only works with Kubeflow Pipeline"),
]

KEY = "ZENML_STORE_API_KEY"


@pytest.fixture(scope="module")
def api() -> Iterator[KubeflowApi]:
    with kubeflow_api() as running:
        yield running


@pytest.fixture(scope="module")
def submitted(repository: Repository, api: KubeflowApi) -> Iterator[dict[str, Any]]:
    """What was posted of each pipeline."""
    pytest.importorskip("kfp", reason="no package kfp: setup-kubeflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOLDFAST_KUBEFLOW_URL", api.url)
        # Nothing runs, so that no run ever ends.
        patch.setattr(cli.submission, "SETTLING_SECONDS", 0.0)
        repository.apply("kubeflow")
        for pipeline in PIPELINES:
            name, (step, cause) = repository.submit(pipeline, "kubeflow")
            # Nobody told ZenML that the run is over: that is no success.
            assert step == "pipeline"
            assert cause.startswith("the orchestrator ended it, while to ZenML it is")
            assert Client().get_pipeline_run(name).status == "failed"
        posted = [run["pipeline_spec"] for run in api.submitted]
        yield dict(zip(PIPELINES, posted, strict=True))


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_kfp_reads_back_what_zenml_compiled(submitted, pipeline):
    from kfp.components import load_component_from_text
    from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
    from kfp.pipeline_spec.pipeline_spec_pb2 import PipelineSpec

    spec, platform = parts(submitted[pipeline])

    loaded = load_component_from_text(yaml.safe_dump_all([spec, platform]))
    strict = json_format.ParseDict(spec, PipelineSpec())

    assert loaded.pipeline_spec == strict
    assert strict.schema_version == "2.1.0"
    for executor in configured(platform).values():
        json_format.ParseDict(executor, KubernetesExecutorConfig())


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_step_is_there_once_and_waits_for_what_its_source_says(
    repository, submitted, pipeline
):
    spec, _ = parts(submitted[pipeline])

    waits = {
        name: set(task.get("dependentTasks", ()))
        for name, task in spec["root"]["dag"]["tasks"].items()
    }
    expected = {
        dashed(step): {dashed(before) for before in upstream}
        for step, upstream in repository.graph(pipeline).items()
    }
    assert waits == expected
    assert all(
        task["cachingOptions"] == {}  # kfp's own cache stays off
        for task in spec["root"]["dag"]["tasks"].values()
    )


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_step_runs_our_image_with_the_stores_of_the_stack(
    repository, submitted, pipeline
):
    spec, _ = parts(submitted[pipeline])
    stack = repository.stack("kubeflow")

    for step in repository.graph(pipeline):
        container = executors(spec)[f"exec-{dashed(step)}"]["container"]
        given = {entry["name"]: entry["value"] for entry in container["env"]}
        assert container["image"] == IMAGE
        assert container["command"] == ["python", "-m", "zenml.entrypoints.entrypoint"]
        assert container["args"][-2:] == ["--step_name", step]
        assert given.items() >= stack.environment.items()
        assert given["KFP_RUN_ID"] == "{{$.pipeline_job_name}}"
        assert container["resources"]["resourceMemoryLimit"] == "4G"


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_the_definition_holds_no_credential_but_where_one_is_to_be_found(
    repository, submitted, pipeline
):
    spec, platform = parts(submitted[pipeline])
    text = json.dumps(submitted[pipeline])

    assert "API_TOKEN" not in text
    assert not [one for one in repository.credentials if one in text]
    assert configured(platform).keys() == executors(spec).keys()
    for executor in configured(platform).values():
        (secret,) = executor["secretAsEnv"]
        assert secret["secretName"] == "holdfast-zenml"
        assert secret["keyToEnv"] == [{"secretKey": KEY, "envVar": KEY}]
        assert secret["optional"] is False


def parts(posted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return posted["pipeline_spec"], posted["platform_spec"]


def executors(spec: dict[str, Any]) -> dict[str, Any]:
    return spec["deploymentSpec"]["executors"]


def configured(platform: dict[str, Any]) -> dict[str, Any]:
    return platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]


def dashed(step: str) -> str:
    return step.replace("_", "-")
