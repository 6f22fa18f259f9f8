"""The overlays of ops/kubernetes on a real cluster: pods run as they are described.

Where the cluster is older than the manifests, objects go to it in the version that it
knows, without what that version lacks (``NEWER``). NetworkPolicies and Prometheus's
operator need what a bare cluster does not have: those are only checked.
"""

import itertools
import json
import shutil
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException

import pytest
import yaml

from flavors.model_deployer.seldon.cluster import Cluster
from serving.keys import add_key
from storage.objects import open_objects
from storage.release import write_release
from tests.ops.kubernetes.built import KUBERNETES, kind, kinds, kustomize
from tests.serving.running import asked
from tests.serving.small_bundles import MODEL, release_of, small_bundle
from tests.storage.s3_server import BUCKET

pytestmark = pytest.mark.cluster

SECONDS = 180
NAME = "holdfast-subscriptions"
# Version by version what a cluster of before 1.25 calls these, and their newer parts.
OLDER = {
    "CronJob": "batch/v1beta1",
    "HorizontalPodAutoscaler": "autoscaling/v2beta2",
    "PodDisruptionBudget": "policy/v1beta1",
}
NEWER = {"CronJob": "timeZone", "PodDisruptionBudget": "unhealthyPodEvictionPolicy"}
OVERLAY = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources: [../{overlay}]
images:
  - name: registry.example.com/holdfast-serving
    newName: {serving[0]}
    newTag: "{serving[1]}"
  - name: registry.example.com/holdfast-pipeline
    newName: {pipeline[0]}
    newTag: "{pipeline[1]}"
configMapGenerator:
  - name: holdfast-server
    behavior: replace
    literals:
      - HOLDFAST_MODEL={model}
      - HOLDFAST_RELEASE_URL=s3://{bucket}/releases
      - HOLDFAST_PREDICTIONS_URL=s3://{bucket}/predictions
patches:
  # As this machine reaches it; a node with few processors has room for two.
  - target: {{kind: Service}}
    patch: |
      - {{op: replace, path: /spec/type, value: NodePort}}
  - target: {{kind: HorizontalPodAutoscaler}}
    patch: |
      - {{op: replace, path: /spec/minReplicas, value: 2}}
  - target: {{kind: Deployment}}
    patch: |
      - {{op: add, path: /spec/replicas, value: 2}}
      - op: replace
        path: /spec/template/spec/containers/0/resources/requests
        value: {{cpu: 50m, memory: 256Mi, ephemeral-storage: 1Gi}}
"""


@dataclass
class Place:
    """A namespace with the secrets that the overlays name, and a key to ask with."""

    namespace: str
    cluster: Cluster
    node: str
    key: str
    manifests: dict[str, list[dict]]


@pytest.fixture(scope="module")
def place(cluster, namespace, pods_s3, tmp_path_factory):
    folder = tmp_path_factory.mktemp("overlays")
    key = add_key(folder / "keys.json", "tests", scopes=["predict"], expires_at=None)
    secrets = {
        "holdfast-server": pods_s3,
        "holdfast-keys": {"keys.json": (folder / "keys.json").read_text()},
        "holdfast-metrics": {"key": "not-a-key"},
        "holdfast-jobs": {"ZENML_STORE_API_KEY": "not-a-key"},
    }
    _apply_secrets(namespace, secrets)
    api = Cluster(namespace, None)
    manifests = {
        overlay: list(_manifests(folder, overlay, cluster, namespace))
        for overlay in ("staging", "production")
    }
    return Place(namespace, api, cluster.node, key, manifests)


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_the_api_takes_every_object_and_drops_no_part_of_it(place, overlay):
    for manifest in place.manifests[overlay]:
        if manifest["kind"] not in {"ServiceMonitor", "Namespace"}:
            place.cluster.check(manifest)


def test_jobs_may_start_pods_and_read_no_secret(place):
    production = place.manifests["production"]
    # By server-side apply nobody's own account is changed for good.
    for manifest in [*kinds(production, "Role"), *kinds(production, "RoleBinding")]:
        place.cluster.apply(manifest)

    def may(account, verb, resource, group=""):
        return _may(place.namespace, account, verb, resource, group)

    assert may("holdfast-jobs", "create", "jobs", "batch")
    assert may("holdfast-jobs", "list", "pods")
    assert may("holdfast-jobs", "create", "secrets")
    assert not may("holdfast-jobs", "get", "secrets")
    assert not may("holdfast-jobs", "create", "pods")
    assert not may("holdfast-jobs", "delete", "deployments", "apps")
    assert not may(
        "holdfast-jobs", "create", "rolebindings", "rbac.authorization.k8s.io"
    )
    assert not may("holdfast-server", "get", "pods")
    assert not may("default", "create", "jobs", "batch")
    assert not _may("default", "holdfast-jobs", "list", "pods", "", place.namespace)


def test_a_server_waits_for_its_release_and_is_replaced_under_load(
    place, pods_s3, tmp_path
):
    staging = place.manifests["staging"]
    wanted = {"ServiceAccount", "ConfigMap", "Service", "Deployment"}
    wanted |= {"PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"}
    for manifest in staging:
        if manifest["kind"] in wanted:
            place.cluster.apply(manifest)
    _until(lambda: _running(place.namespace) == 2)
    time.sleep(5)
    assert _ready(place.namespace) == 0
    assert _restarts(place.namespace) == 0

    _publish(pods_s3, tmp_path)
    _until(lambda: _ready(place.namespace) == 2)
    deployment = kind(staging, "Deployment")
    port = _node_port(place.namespace)
    with _asking(place.node, port, place.key) as counted:
        _until(lambda: counted["1.0"] > 20)
        variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        variables.append({"name": "HOLDFAST_MOST_ROWS", "value": "500"})
        place.cluster.apply(deployment)
        _until(lambda: _rolled_out(place.namespace))
        so_far = counted.total()
        _until(lambda: counted.total() > so_far + 20)

    assert set(counted) == {"1.0"}, counted
    assert _restarts(place.namespace) == 0


def test_a_job_runs_our_program_as_its_pod_is_described(place):
    from kubernetes import client

    cron = next(
        one
        for one in kinds(place.manifests["production"], "CronJob")
        if one["metadata"]["name"] == "holdfast-batch-inference"
    )
    for manifest in place.manifests["production"]:
        if manifest["kind"] in {"ConfigMap", "ServiceAccount"}:
            place.cluster.apply(manifest)
    (container,) = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    # A run needs servers; that the program starts, and finds its stack, needs none.
    container["args"] = ["stacks", "show", "production"]
    container["resources"]["requests"] = {"cpu": "50m", "memory": "512Mi"}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "batch", "namespace": place.namespace},
        "spec": cron["spec"]["jobTemplate"]["spec"] | {"backoffLimit": 0},
    }
    jobs = client.BatchV1Api()

    jobs.create_namespaced_job(place.namespace, job)
    _until(lambda: _ended(jobs.read_namespaced_job("batch", place.namespace)))

    said = _log(place.namespace, "job-name=batch")
    assert jobs.read_namespaced_job("batch", place.namespace).status.succeeded, said
    assert "holdfast_server" in said
    assert "s3://holdfast-production/releases" in said


def _manifests(folder, overlay, cluster, namespace):
    """An overlay for this namespace and these images, as far as the API knows it."""
    copy = folder / overlay
    shutil.copytree(KUBERNETES, copy)
    own = copy / "overlays" / "here"
    own.mkdir()
    images = {
        name: cluster.image(f"holdfast-{name}").rsplit(":", 1)
        for name in ("serving", "pipeline")
    }
    places = {"namespace": namespace, "overlay": overlay, "model": MODEL}
    text = OVERLAY.format(bucket=BUCKET, **places, **images)
    (own / "kustomization.yaml").write_text(text)
    done = kustomize(own)
    assert done.returncode == 0, done.stderr
    for manifest in yaml.safe_load_all(done.stdout):
        yield _as_known(manifest)


def _as_known(manifest):
    older = OLDER.get(manifest["kind"])
    if older and not _knows(manifest["apiVersion"], manifest["kind"]):
        spec = {**manifest["spec"]}
        spec.pop(NEWER.get(manifest["kind"]), None)
        return manifest | {"apiVersion": older, "spec": spec}
    return manifest


def _knows(version, name):
    from kubernetes import client, dynamic

    resources = dynamic.DynamicClient(client.ApiClient()).resources
    return bool(resources.search(api_version=version, kind=name))


def _apply_secrets(namespace, secrets):
    from kubernetes import client

    for name, values in secrets.items():
        client.CoreV1Api().create_namespaced_secret(
            namespace, {"metadata": {"name": name}, "stringData": values}
        )


def _may(namespace, account, verb, resource, group, of=None):
    from kubernetes import client

    where = {"namespace": namespace, "verb": verb, "resource": resource}
    who = f"system:serviceaccount:{of or namespace}:{account}"
    spec = {"user": who, "resourceAttributes": where | {"group": group}}
    review = client.AuthorizationV1Api().create_subject_access_review({"spec": spec})
    return review.status.allowed


def _publish(s3, folder):
    served, address = small_bundle(folder / "one", 1.0), f"s3://{BUCKET}/overlays/1.0"
    there = open_objects(address, environ=s3)
    for file in (folder / "one").iterdir():
        there.put(file.name, file.read_bytes())
    told = release_of(replace(served, bundle_uri=address), sequence=1)
    where = {**s3, "HOLDFAST_RELEASE_URL": f"s3://{BUCKET}/releases"}
    assert write_release(told, environ=where)


@contextmanager
def _asking(host, port, key):
    """Ask until the block ends; counted are versions that answered, and failures."""
    counted, ended, numbers = Counter(), threading.Event(), itertools.count()

    def ask():
        while not ended.is_set():
            connection = HTTPConnection(host, port, timeout=30)
            body = json.dumps(asked(0.5, f"c{next(numbers)}"))
            headers = {"Content-Type": "application/json", "X-API-Key": key}
            try:
                connection.request("POST", "/predict", body, headers)
                found = json.loads(connection.getresponse().read())
                counted[found.get("predictions", [{}])[0].get("model_version")] += 1
            except (OSError, HTTPException, ValueError) as error:
                counted[repr(error)] += 1
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield counted
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _pods(namespace):
    from kubernetes import client

    selector = "app.kubernetes.io/component=server"
    return client.CoreV1Api().list_namespaced_pod(namespace, label_selector=selector)


def _statuses(namespace):
    return [
        status
        for pod in _pods(namespace).items
        for status in pod.status.container_statuses or ()
    ]


def _running(namespace):
    return sum(bool(one.state.running) for one in _statuses(namespace))


def _ready(namespace):
    return sum(one.ready for one in _statuses(namespace))


def _restarts(namespace):
    return sum(one.restart_count for one in _statuses(namespace))


def _rolled_out(namespace):
    from kubernetes import client

    found = client.AppsV1Api().read_namespaced_deployment(NAME, namespace)
    status, generation = found.status, found.metadata.generation
    counts = {status.replicas, status.updated_replicas, status.available_replicas}
    return status.observed_generation == generation and counts == {found.spec.replicas}


def _node_port(namespace):
    from kubernetes import client

    (port,) = client.CoreV1Api().read_namespaced_service(NAME, namespace).spec.ports
    return port.node_port


def _ended(job):
    return job.status.succeeded or job.status.failed


def _log(namespace, selector):
    command = ["kubectl", "logs", "--namespace", namespace, "-l", selector, "--tail=-1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _until(is_so):
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.5)
