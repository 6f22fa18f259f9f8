"""`ops/kubernetes/deploy`: what it refuses and, on a real cluster, what it undoes."""

import os
import shutil
import subprocess
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.cluster.where import where
from tests.conftest import CHECKOUT
from tests.ops.kubernetes.built import KUBERNETES, kinds, kustomize, pods

SCRIPT = CHECKOUT / "ops" / "kubernetes" / "deploy"
NOWHERE = "holdfast-serving@sha256:" + "0" * 64
NAMESPACE = "holdfast-deploy-test"


# Builds an overlay's text as it was given, has nothing yet, and keeps what is applied.
KUBECTL = """#!/bin/sh
here=$(dirname "$0")
case $1 in
  kustomize) cat "$here/built.yaml" ;;
  apply) cp "$3" "$here/applied.yaml" ;;
esac
"""


def deploy(*words, kubeconfig="/dev/null", **variables):
    return subprocess.run(
        [SCRIPT, *words],
        env=os.environ | {"KUBECONFIG": kubeconfig} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "which overlay?"),
        (("nowhere",), "no folder"),
        (("staging", "holdfast-serving:1.0"), "a tag can be moved"),
        (("--fast", "staging"), "no option --fast"),
        (("staging", "--seconds"), "--seconds needs a number"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_done(words, told):
    done = deploy(*words)

    assert done.returncode == 2
    assert told in done.stderr


def test_steps_get_the_image_of_the_job_that_starts_them(tmp_path):
    (tmp_path / "built.yaml").write_text(
        kustomize(KUBERNETES / "overlays" / "production").stdout
    )
    (tmp_path / "kubectl").write_text(KUBECTL)
    (tmp_path / "kubectl").chmod(0o755)
    pipeline = f"registry.example.com/new/holdfast-pipeline@sha256:{'1' * 64}"

    path = f"{tmp_path}:{os.environ['PATH']}"
    done = deploy("production", NOWHERE, pipeline, PATH=path)

    assert done.returncode == 0, done.stderr
    applied = tuple(yaml.safe_load_all((tmp_path / "applied.yaml").read_text()))
    ran = {name: template["spec"]["containers"][0] for name, template in pods(applied)}
    assert ran.pop("holdfast-subscriptions")["image"] == NOWHERE
    for name, container in ran.items():
        told = {one["name"]: one.get("value") for one in container["env"]}
        assert told["HOLDFAST_IMAGE"] == container["image"] == pipeline, name
    assert len(ran) == len(kinds(applied, "CronJob")) > 0


@pytest.mark.server
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_an_image_that_the_overlay_has_not_is_told():
    done = deploy("staging", "nginx@sha256:0")

    assert done.returncode == 2
    assert "has no image nginx" in done.stderr


@pytest.mark.server
@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_a_cluster_that_does_not_answer_is_left_alone():
    done = deploy("staging", NOWHERE)

    assert done.returncode == 2
    assert "nothing was done" in done.stderr


def overlay(folder, settings):
    """A server that is ready as soon as it runs, and the settings it reads."""
    container = {
        "name": "web",
        "image": "holdfast-serving",
        "command": ["python", "-m", "http.server", "8000"],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8000}, "periodSeconds": 1},
    }
    pod = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
    ]
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(yaml.safe_dump_all(objects))
    made = {
        "namespace": NAMESPACE,
        "resources": ["all.yaml"],
        "configMapGenerator": [{"name": "settings", "literals": [f"A={settings}"]}],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(made))
    return str(folder)


@pytest.fixture
def cluster():
    found = where()
    name, _, tag = found.image("holdfast-serving").rpartition(":")
    yield found.kubeconfig, f"{name}@{digest(name, tag)}"
    kubectl(found.kubeconfig, "delete", "namespace", NAMESPACE, "--ignore-not-found")


def digest(name, tag):
    """What the registry says that a tag stands for."""
    host, _, path = name.partition("/")
    form = "application/vnd.docker.distribution.manifest.v2+json"
    asked = Request(
        f"http://{host}/v2/{path}/manifests/{tag}",
        headers={"Accept": form},
        method="HEAD",
    )
    with urlopen(asked) as answer:
        return answer.headers["Docker-Content-Digest"]


def kubectl(kubeconfig, *words):
    done = subprocess.run(
        [shutil.which("kubectl"), "--kubeconfig", kubeconfig, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def running(kubeconfig):
    names = kubectl(
        kubeconfig, "get", "deploy,configmap", "-n", NAMESPACE, "-o", "name"
    )
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    image = kubectl(kubeconfig, "get", "deploy", "web", "-n", NAMESPACE, "-o", path)
    return {name for name in names if "kube-root-ca" not in name}, image


@pytest.mark.cluster
def test_what_is_not_ready_is_undone_to_what_was_there(cluster, tmp_path):
    kubeconfig, image = cluster
    nowhere = f"{image.partition('@')[0]}@sha256:{'0' * 64}"
    first = overlay(tmp_path / "first", 1)
    second = overlay(tmp_path / "second", 2)

    new = deploy(first, "--seconds", "10", nowhere, kubeconfig=kubeconfig)

    assert (new.returncode, running(kubeconfig)) == (1, (set(), []))

    well = deploy(first, "--seconds", "120", image, kubeconfig=kubeconfig)
    before = running(kubeconfig)

    assert well.returncode == 0, well.stderr
    assert before[1] == [image]

    bad = deploy(second, "--seconds", "10", nowhere, kubeconfig=kubeconfig)

    assert bad.returncode == 1
    assert "failed: undone; what was there before is ready" in bad.stderr
    assert running(kubeconfig) == before
