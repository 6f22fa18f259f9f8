from copy import deepcopy

import pytest
import yaml

from churn.deployment import DeploymentError, ServerState
from flavors.model_deployer.seldon import servers as module
from flavors.model_deployer.seldon.manifest import labels_of
from flavors.model_deployer.seldon.servers import SeldonServers, condition_of
from tests.seldon_deployments import MODEL, deployment, recipe, release

URL = "https://example.com/seldon/{namespace}/{name}"


class Pretended:
    """A cluster in memory, whose operator says what the test wants."""

    def __init__(self, *states, refuses=False):
        self.states, self.refuses = list(states), refuses
        self.acts, self.objects = [], {}

    def check(self, manifest):
        self.acts.append(("check", manifest["metadata"]["name"]))
        if self.refuses:
            raise DeploymentError("the cluster refuses it")

    def apply(self, manifest):
        self.acts.append(("apply", manifest["metadata"]["name"]))
        self.objects[manifest["metadata"]["name"]] = deepcopy(manifest)
        return manifest

    def read(self, name):
        if name not in self.objects:
            return None
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return self.objects[name] | {"status": {"state": state, "description": "why"}}

    def delete(self, name):
        self.acts.append(("delete", name))
        self.objects.pop(name, None)

    def delete_maps(self, labels, *, kept):
        assert labels == labels_of(MODEL)
        for name, one in list(self.objects.items()):
            if one["kind"] == "ConfigMap" and name not in kept:
                self.delete(name)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(module, "SETTLED_SECONDS", 0.02)


def _servers(cluster, *, dry_run=False, written=None, **changes):
    def write(name, text):
        if written is not None:
            written[name] = text
        return f"s3://artifacts/seldon/{name}"

    return SeldonServers(recipe(**changes), URL, dry_run, 0.2, lambda: cluster, write)


def test_a_deployment_is_checked_then_applied_then_waited_for():
    cluster = Pretended("Creating", "Creating", "Available")

    state = _servers(cluster).deploy(deployment())

    assert cluster.acts == [("check", MODEL), ("apply", MODEL)]
    assert state == ServerState(
        MODEL, "ready", "https://example.com/seldon/models/churn-telco", ""
    )


def test_replacing_deletes_nothing_that_serves():
    cluster = Pretended("Available")
    servers = _servers(cluster)
    servers.deploy(deployment())

    servers.deploy(deployment())

    assert {act for act, _ in cluster.acts} == {"check", "apply"}


def test_what_the_cluster_refuses_is_not_applied():
    cluster = Pretended("Available", refuses=True)

    with pytest.raises(DeploymentError, match="refuses"):
        _servers(cluster).deploy(deployment())

    assert cluster.objects == {}


def test_a_dry_run_writes_manifests_and_touches_no_cluster():
    written = {}
    servers = _servers(None, dry_run=True, written=written, split="mesh")

    state = servers.deploy(deployment(release("canary", 0.1)))

    assert (state.condition, state.url) == ("written", None)
    assert "s3://artifacts/seldon/churn-telco.yaml" in state.reason
    kinds = [one["kind"] for one in yaml.safe_load_all(written["churn-telco.yaml"])]
    assert kinds == ["ConfigMap", "ConfigMap", "SeldonDeployment"]
    assert servers.state(MODEL).condition == "written"
    servers.stop(MODEL)


def test_a_dry_run_on_the_server_checks_and_applies_nothing():
    cluster = Pretended("Available")

    state = _servers(cluster, dry_run="server").deploy(deployment())

    assert cluster.acts == [("check", MODEL)]
    assert state.condition == "written"


def test_a_failed_deployment_says_why():
    with pytest.raises(DeploymentError, match="is failing: why; pods that were ready"):
        _servers(Pretended("Failed")).deploy(deployment())


def test_a_failure_of_what_was_applied_before_is_waited_out():
    cluster = Pretended("Failed", "Failed", "Creating", "Available")

    state = _servers(cluster).deploy(deployment())

    assert state.condition == "ready"


def test_one_that_never_gets_ready_is_not_waited_for_for_ever():
    with pytest.raises(DeploymentError, match="is starting: why"):
        _servers(Pretended("Creating")).deploy(deployment())


def test_releases_of_former_predictors_go_once_the_new_ones_are_ready():
    cluster = Pretended("Available")
    servers = _servers(cluster, split="mesh")
    servers.deploy(deployment(release("canary", 0.1)))
    before = set(cluster.objects)

    servers.deploy(deployment(release()))

    gone = before - set(cluster.objects)
    assert len(gone) == 1
    assert gone.pop().startswith("churn-telco-challenger-")


def test_stopping_deletes_everything_of_the_model():
    cluster = Pretended("Available")
    servers = _servers(cluster, split="mesh")
    servers.deploy(deployment())

    servers.stop(MODEL)

    assert cluster.objects == {}
    assert servers.state(MODEL).condition == "absent"


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        ({}, "starting"),
        ({"state": "Creating"}, "starting"),
        ({"state": "Available"}, "ready"),
        ({"state": "Failed"}, "failing"),
        ({"state": "Available", "observedGeneration": 1}, "starting"),
        ({"state": "Available", "observedGeneration": 2}, "ready"),
        (
            {
                "state": "Creating",
                "conditions": [{"type": "Ready", "status": "Unknown"}],
            },
            "starting",
        ),
    ],
)
def test_a_status_is_read_as_seldon_means_it(status, condition):
    found = {"metadata": {"generation": 2}, "status": status}

    assert condition_of(found)[0] == condition


def test_conditions_that_do_not_hold_are_the_reason():
    conditions = [
        {"type": "Ready", "status": "False", "message": "no image"},
        {"type": "Known", "status": "True"},
    ]
    status = {"state": "Creating", "conditions": conditions}

    found = condition_of({"metadata": {}, "status": status})

    assert found == ("starting", "Ready: no image")
