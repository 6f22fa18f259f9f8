"""The real Kubernetes API, where there is one: HOLDFAST_TEST_KUBECONFIG names its file.

It holds the SeldonDeployment definition and nothing of Seldon else: what the operator
would write into a status, the test writes.
"""

import importlib.util
import json
import os
import threading
import uuid
from copy import deepcopy

import pytest

from churn.deployment import DeploymentError
from flavors.model_deployer.seldon import cluster as module
from flavors.model_deployer.seldon.cluster import Cluster
from flavors.model_deployer.seldon.manifest import GROUP, VERSION, manifests
from flavors.model_deployer.seldon.servers import SeldonServers
from tests.seldon_deployments import CRD, MODEL, deployment, need_crd, recipe, release

PLURAL = "seldondeployments"
KUBECONFIG = os.environ.get("HOLDFAST_TEST_KUBECONFIG", "")
if KUBECONFIG:
    # The client reads it once, when it is imported.
    os.environ["KUBECONFIG"] = KUBECONFIG
HAS_CLIENT = importlib.util.find_spec("kubernetes") is not None


@pytest.mark.skipif(HAS_CLIENT, reason="the package kubernetes is installed")
def test_without_the_client_the_error_says_what_to_install():
    with pytest.raises(DeploymentError, match="make setup-cluster"):
        Cluster("models", None)


@pytest.mark.parametrize(
    ("sent", "made", "lost"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, ["a.c"]),
        ({"a": [{"b": 1}, {"c": 1}]}, {"a": [{"b": 1}, {}]}, ["a[1].c"]),
        ({"a": [{"b": 1}]}, {"a": []}, ["a[0].b"]),
        ({"a": {}, "b": []}, {}, []),
    ],
)
def test_what_a_cluster_dropped_is_found(sent, made, lost):
    assert list(module._lost(sent, made, "")) == lost


def test_a_step_in_a_pod_uses_its_own_cluster_whatever_context_is_named(
    monkeypatch, tmp_path
):
    kubeconfig = tmp_path / "config"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")

    in_pod = module._is_in_pod(str(kubeconfig))
    kubeconfig.touch()
    with_a_file = module._is_in_pod(f"/nowhere:{kubeconfig}")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST")
    elsewhere = module._is_in_pod("/nowhere")

    assert (in_pod, with_a_file, elsewhere) == (True, False, False)


@pytest.fixture
def namespace():
    """A namespace of its own in the real cluster, which knows SeldonDeployments."""
    if not KUBECONFIG:
        pytest.skip("HOLDFAST_TEST_KUBECONFIG not set: docs/cluster-tests.md says how")
    client = pytest.importorskip("kubernetes.client")
    need_crd()
    importlib.import_module("kubernetes.config").load_kube_config()
    definitions = client.ApiextensionsV1Api()
    try:
        definitions.create_custom_resource_definition(json.loads(CRD.read_text()))
    except client.ApiException as error:
        if error.status != 409:
            raise
    name = f"holdfast-{uuid.uuid4().hex[:8]}"
    client.CoreV1Api().create_namespace({"metadata": {"name": name}})
    yield name
    client.CoreV1Api().delete_namespace(name)


def _operate(namespace, state, **status):
    """Write a status as Seldon's operator does."""
    from kubernetes import client

    client.CustomObjectsApi().patch_namespaced_custom_object_status(
        GROUP, VERSION, namespace, PLURAL, MODEL, {"status": {"state": state, **status}}
    )


def _servers(namespace, **changes):
    return SeldonServers(
        recipe(namespace=namespace, **changes),
        "https://example.com/seldon/{namespace}/{name}",
        dry_run=False,
        ready_within_seconds=30,
        connect=lambda: Cluster(namespace, None),
        write=lambda name, _: name,
    )


@pytest.mark.cluster
@pytest.mark.parametrize("split", ["server", "mesh"])
def test_the_real_cluster_accepts_every_manifest_and_keeps_nothing(namespace, split):
    made = manifests(
        deployment(release("canary", 0.1)), recipe(namespace=namespace, split=split)
    )
    cluster = Cluster(namespace, None)

    for manifest in made:
        cluster.check(manifest)

    assert cluster.read(MODEL) is None


@pytest.mark.cluster
def test_a_part_that_the_real_cluster_would_drop_is_named(namespace):
    (made,) = manifests(deployment(), recipe(namespace=namespace))
    made["spec"]["predictors"][0]["trafic"] = 1

    with pytest.raises(DeploymentError, match=r"spec\.predictors\[0\]\.trafic"):
        Cluster(namespace, None).check(made)


@pytest.mark.cluster
def test_a_wrong_type_is_refused_in_the_clusters_own_words(namespace):
    (made,) = manifests(deployment(), recipe(namespace=namespace))
    broken = deepcopy(made)
    broken["spec"]["predictors"][0]["replicas"] = "two"

    with pytest.raises(DeploymentError, match=r"cannot apply .*replicas"):
        Cluster(namespace, None).check(broken)


@pytest.mark.cluster
def test_applied_awaited_replaced_in_place_and_deleted(namespace):
    servers = _servers(namespace, split="mesh")
    operator = threading.Timer(2, _operate, (namespace, "Available"))
    operator.start()

    first = servers.deploy(deployment(release("canary", 0.1)))
    operator.join()
    before = Cluster(namespace, None).read(MODEL)
    second = servers.deploy(deployment(release()))
    after = Cluster(namespace, None).read(MODEL)

    assert first == second
    assert first.condition == "ready"
    assert before["metadata"]["uid"] == after["metadata"]["uid"]
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert [p["name"] for p in after["spec"]["predictors"]] == ["champion"]
    assert _maps(namespace) == 1
    _operate(namespace, "Failed", description="no such image")
    assert servers.state(MODEL).reason == "no such image"
    servers.stop(MODEL)
    assert servers.state(MODEL).condition == "absent"
    assert _maps(namespace) == 0


def _maps(namespace):
    from kubernetes import client

    found = client.CoreV1Api().list_namespaced_config_map(
        namespace, label_selector="app.kubernetes.io/managed-by=holdfast"
    )
    return len(found.items)
