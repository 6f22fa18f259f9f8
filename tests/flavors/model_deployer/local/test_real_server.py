"""The real server under the local deployer."""

import dataclasses
import json
import os
import signal
import sys
import time

import pytest

from churn.deployment import DeploymentError
from flavors.model_deployer.local.places import Place
from flavors.model_deployer.local.processes import alive, family, runs
from storage.predictions.record import Prediction
from storage.predictions.tail import Tail
from tests.model_servers import answer, deployment, load, local_servers
from tests.serving.running import asked, wait_for
from tests.serving.small_bundles import MODEL, publish, release_of, small_bundle

pytestmark = pytest.mark.server
BODY = json.dumps(asked(0.5)).encode()


@pytest.fixture
def releases(tmp_path):
    """A folder with the release of a small model."""
    champion = small_bundle(tmp_path / "one", 1.0)
    return publish(tmp_path / "releases", release_of(champion, sequence=1)).parent


@pytest.fixture
def servers(tmp_path):
    """Servers of our own program; ended afterwards whatever happens."""
    folder = tmp_path / "servers"
    program = (sys.executable, "-m", "serving")
    made = dataclasses.replace(local_servers(folder, program=program), options={})
    yield made
    for generation in Place(folder / MODEL).generations:
        generation.stop(within_seconds=10)


def _wanted(releases):
    return dataclasses.replace(deployment(MODEL), releases_url=str(releases))


def _version(url):
    return answer(url, "/predict", body=BODY)["model_version"]


def _logged(servers):
    """Every prediction in the logs of all generations."""
    logs = [g.state / "log" for g in Place(servers.folder / MODEL).generations]
    records = [record for log in logs for record in Tail(log).poll(10**9)]
    return [record for record in records if isinstance(record, Prediction)]


def test_a_newer_release_reaches_the_server_without_a_deployment(
    servers, releases, tmp_path
):
    url = servers.deploy(_wanted(releases)).url
    before = Place(servers.folder / MODEL).current()

    second = small_bundle(tmp_path / "two", 2.0)
    publish(releases, release_of(second, sequence=2))

    wait_for(lambda: _version(url) == "2.0")
    servers.deploy(_wanted(releases))
    assert Place(servers.folder / MODEL).current() == before


@pytest.mark.parametrize("is_keeping_alive", [True, False])
def test_an_upgrade_under_load_loses_neither_request_nor_prediction(
    servers, releases, is_keeping_alive
):
    url = servers.deploy(_wanted(releases)).url
    upgraded = dataclasses.replace(servers, options={"most_rows": "500"})

    with load(
        url, path="/predict", body=BODY, is_keeping_alive=is_keeping_alive
    ) as outcomes:
        time.sleep(0.5)
        upgraded.deploy(_wanted(releases))
        before = outcomes[200]
        wait_for(lambda: outcomes[200] > before + 100)

    assert set(outcomes) == {200}
    assert len(Place(servers.folder / MODEL).living) == 1
    servers.stop(MODEL)
    assert len(_logged(servers)) == outcomes[200]


def test_several_workers_are_replaced_together_and_lose_nothing(servers, releases):
    two = dataclasses.replace(servers, options={"workers": "2"})
    url = two.deploy(_wanted(releases)).url
    upgraded = dataclasses.replace(two, options={"workers": "2", "most_rows": "500"})

    with load(url, path="/predict", body=BODY, is_keeping_alive=False) as outcomes:
        time.sleep(0.5)
        upgraded.deploy(_wanted(releases))

    assert set(outcomes) == {200}
    servers.stop(MODEL)
    assert len(_logged(servers)) == outcomes[200]


def test_a_server_killed_under_load_is_back_and_what_it_answered_is_logged(
    servers, releases
):
    url = servers.deploy(_wanted(releases)).url
    _, record = Place(servers.folder / MODEL).current()

    with load(url, path="/predict", body=BODY, n_clients=2) as outcomes:
        time.sleep(0.3)
        os.kill(record.server.pid, signal.SIGKILL)
        wait_for(lambda: Place(servers.folder / MODEL).current()[1].n_restarts == 1)
        wait_for(lambda: servers.state(MODEL).condition == "ready")
        before = outcomes[200]
        wait_for(lambda: outcomes[200] > before + 20)

    servers.stop(MODEL)
    assert len(_logged(servers)) >= outcomes[200]


def test_stopping_leaves_no_process_of_the_server(servers, releases):
    servers.deploy(_wanted(releases))
    _, record = Place(servers.folder / MODEL).current()
    found = family(record.server)

    servers.stop(MODEL)

    assert len(found) >= 3, "supervisor, worker and observer"
    assert not [process for process in found if runs(process)]
    assert alive(record.keeper) is None


def test_a_release_that_cannot_be_served_is_told_with_the_servers_own_words(
    servers, tmp_path
):
    champion = small_bundle(tmp_path / "one", 1.0)
    broken = dataclasses.replace(champion, bundle_sha256="0" * 64)
    releases = publish(tmp_path / "releases", release_of(broken, sequence=1)).parent
    impatient = dataclasses.replace(servers, ready_within_seconds=4)

    with pytest.raises(DeploymentError, match=r"not ready within 4 s: .*0000"):
        impatient.deploy(_wanted(releases))
