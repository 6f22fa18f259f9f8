"""A server is asked for where there is somebody to ask and something to serve."""

import pytest

import registry.deployer
import steps.deploy_release
from churn.deployment import Deployment, ServerState
from churn.errors import ConfigError
from churn.scoring.release import Release, Served
from registry.deployer import deployer
from storage.release import write_release

MODEL = "churn-telco"
CHAMPION = Served("1", "s3://bundles/1", "ab")


class Asked:
    """A deployer that remembers."""

    flavor = "stub"

    def __init__(self):
        self.deployments = []

    def deploy(self, deployment):
        self.deployments.append(deployment)
        return ServerState(deployment.model, "ready", "http://here", "")

    def state(self, model):
        raise NotImplementedError

    def stop(self, model):
        raise NotImplementedError


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The deployer of the active stack, whose stores are below a folder."""
    made = Asked()
    monkeypatch.setattr(steps.deploy_release, "deployer", lambda: made)
    monkeypatch.setattr(steps.deploy_release, "model_name", lambda: MODEL)
    monkeypatch.setenv("HOLDFAST_RELEASE_URL", str(tmp_path))
    monkeypatch.setenv("HOLDFAST_ONLINE_URL", "redis://r")
    monkeypatch.setenv("HOLDFAST_LEDGER_URL", "mysql://u:secret@h/ledger")
    return made


def _released(tmp_path, champion):
    release = Release(MODEL, 4, "hash", champion, None, "live", 0.0)
    write_release(release, environ={"HOLDFAST_RELEASE_URL": str(tmp_path)})
    return release


def _deploy():
    return steps.deploy_release.deploy_release.entrypoint()


def test_the_release_is_deployed_with_the_addresses_meant_for_servers(asked, tmp_path):
    release = _released(tmp_path, CHAMPION)

    url = _deploy()

    variables = {"HOLDFAST_ONLINE_URL": "redis://r"}
    assert url == "http://here"
    assert asked.deployments == [Deployment(MODEL, str(tmp_path), release, variables)]


def test_without_a_champion_there_is_nothing_to_serve(asked, tmp_path):
    _released(tmp_path, None)

    assert _deploy() is None
    assert asked.deployments == []


def test_without_a_release_there_is_nothing_to_serve(asked):
    assert _deploy() is None
    assert asked.deployments == []


def test_a_stack_without_a_deployer_serves_nowhere(asked, tmp_path, monkeypatch):
    _released(tmp_path, CHAMPION)
    monkeypatch.setattr(steps.deploy_release, "deployer", lambda: None)

    assert _deploy() is None


@pytest.mark.parametrize("component", [None, Asked()])
def test_the_deployer_of_the_active_stack_is_taken(component, monkeypatch):
    _stack(monkeypatch, component)

    assert deployer() is component


def test_a_deployer_that_follows_no_release_is_refused(monkeypatch):
    foreign = type("Foreign", (), {"flavor": "mlflow"})()
    _stack(monkeypatch, foreign)

    with pytest.raises(ConfigError, match="holdfast_server, found mlflow"):
        deployer()


def _stack(monkeypatch, component):
    stack = type("Stack", (), {"model_deployer": component})
    client = type("Client", (), {"active_stack": stack})
    monkeypatch.setattr(registry.deployer, "Client", client)
