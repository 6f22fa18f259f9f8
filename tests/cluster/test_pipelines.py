"""The stack ``kubernetes`` for real: every step of a run in a pod of its own.

The ZenML server on MariaDB, MLflow, PostgreSQL, S3 and Redis run on this machine; only
what reconciles SeldonDeployments is an emulation.
"""

import json
import os
from dataclasses import dataclass, field
from urllib.request import urlopen

import pytest
import yaml

from churn.scoring.bundle import Bundle
from cli.models.retraining import unlike
from cli.models.stored import read_bundle
from registry.versions import find
from tests.cluster.environment import Environment, environment
from tests.conftest import fresh_zenml
from tests.staging.teams import EMBEDDED, Checkout, connected, copied

pytestmark = pytest.mark.cluster

MODEL = "churn-subscriptions"
SCORED = "2024-07-20"
KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


@dataclass
class Story:
    """What was printed, and the jobs and pods that the cluster had of each run."""

    environment: Environment
    checkout: Checkout
    printed: dict = field(default_factory=dict)
    jobs: list = field(default_factory=list)
    pods: list = field(default_factory=list)

    def look(self, namespace):
        """Remember what is in the cluster; ZenML deletes some of it later."""
        from kubernetes import client

        self.jobs += client.BatchV1Api().list_namespaced_job(namespace).items
        self.pods += client.CoreV1Api().list_namespaced_pod(namespace).items


@pytest.fixture(scope="module")
def laptop(baked_zenml, tmp_path_factory) -> Bundle:
    """The bundle of the same training on the stack ``local``."""
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("laptop")) as root:
        copied(root)
        checkout = Checkout(root, "local")
        checkout.train()
        return bundle_of(checkout.place)


@pytest.fixture(scope="module")
def story(laptop, cluster, namespace, tmp_path_factory):
    with (
        environment(cluster, namespace) as made,
        connected(made.variables, tmp_path_factory.mktemp("team")) as root,
    ):
        compute_alike(root)
        told = Story(made, Checkout(root, "kubernetes"))
        told.printed["training"] = told.checkout.train()
        told.look(namespace)
        told.printed["deployment"] = told.checkout.run("deployment")
        told.printed["batch"] = told.checkout.run(
            "batch_inference", *EMBEDDED, as_of=SCORED
        )
        told.look(namespace)
        yield told


def compute_alike(root):
    """Let pods use the kernels of this process: others round the last bits otherwise.

    OpenBLAS takes those of the processor, unless a variable names others.
    """
    path = root / "configs" / "stacks" / "kubernetes.yaml"
    stack = yaml.safe_load(path.read_text())
    stack["environment"] |= {n: os.environ[n] for n in KERNELS if n in os.environ}
    path.write_text(yaml.safe_dump(stack))


def bundle_of(place):
    lineage = find(place.events(), "1").lineage
    return read_bundle(place, lineage, trusted=None)


def test_training_in_pods_gives_the_same_bytes_as_on_a_laptop(laptop, story):
    team = bundle_of(story.checkout.place)

    assert unlike(laptop, team) is None
    assert laptop.bundle_sha256 == team.bundle_sha256


def test_every_step_ran_in_a_pod_of_our_image(story):
    steps = {
        pod.metadata.labels["step_name"]: pod
        for pod in story.pods
        if "step_name" in (pod.metadata.labels or {})
    }

    asked = set(story.printed["training"]["times"]["steps"])
    assert asked <= set(steps)
    assert "deploy_release" in steps
    images = {pod.spec.containers[0].image for pod in steps.values()}
    assert images == {story.environment.variables["HOLDFAST_IMAGE"]}
    accounts = {pod.spec.service_account_name for pod in steps.values()}
    assert accounts == {"holdfast-steps"}


def test_no_password_and_no_token_is_written_into_jobs_and_pods(story):
    told = json.dumps(
        [one.to_dict() for one in (*story.jobs, *story.pods)], default=str
    )

    assert story.environment.variables["HOLDFAST_IMAGE"] in told
    key = story.environment.variables["ZENML_STORE_API_KEY"]
    secrets = {**story.environment.secret, "ZENML_STORE_API_KEY": key}
    assert not [name for name, value in secrets.items() if value in told]
    assert "eyJ" not in told


def test_a_step_in_a_pod_deployed_the_model_behind_seldon(story, namespace):
    place = story.environment.variables["HOLDFAST_MODELS_URL"]
    url = place.format(namespace=namespace, name=MODEL)
    with urlopen(f"{url}/release") as answer:
        serving = json.load(answer)["serving"]

    assert story.printed["deployment"]["server"] == url
    assert serving["champion"]["version"] == "1"
    assert story.printed["deployment"]["confirmation"]["sentence"] == (
        "version 1 answers where it is served as it was trained to"
    )


def test_customers_are_scored_in_pods(story):
    scored = story.printed["batch"]["scored"]

    assert scored["origin"]["model_version"] == "1"
    assert scored["n_scored"] > 300
