"""The Seldon flavor on a real cluster: pods of our image under load, nothing lost.

The operator is an emulation, whose limits it names; Kubernetes, its Deployments,
probes and Services, the pods, the bundles in S3 and the requests are real.
"""

import json
import logging
import time
from dataclasses import replace
from urllib.request import urlopen

import pytest

from churn.deployment import Deployment, DeploymentError
from flavors.model_deployer.seldon.cluster import Cluster
from flavors.model_deployer.seldon.recipe import Recipe
from flavors.model_deployer.seldon.servers import SeldonServers
from storage.objects import open_objects
from storage.release import write_release
from tests.cluster.clients import clients
from tests.cluster.operator import operated
from tests.serving.small_bundles import MODEL, release_of, small_bundle
from tests.storage.s3_server import BUCKET

pytestmark = pytest.mark.cluster
log = logging.getLogger(__name__)

SECRET = "object-store"  # noqa: S105 (its name)
SECONDS = 120
WEIGHT = 0.25
FEW = 300


@pytest.fixture(scope="module")
def gateway(cluster, namespace, pods_s3):
    """The address where an operator's gateway is; pods have the key to the bucket."""
    from kubernetes import client

    client.CoreV1Api().create_namespaced_secret(
        namespace, {"metadata": {"name": SECRET}, "stringData": pods_s3}
    )
    with operated(namespace, cluster.node) as url:
        yield url


@pytest.fixture(scope="module")
def versions(pods_s3, tmp_path_factory):
    """Two versions whose bundles are in the bucket."""
    folder = tmp_path_factory.mktemp("bundles")
    return [_uploaded(folder / str(slope), slope, pods_s3) for slope in (1.0, 2.0)]


@pytest.fixture
def shop(cluster, namespace, gateway, pods_s3):
    """Deploys releases with either split; what it deployed is taken away."""
    made = Shop(cluster, namespace, gateway, pods_s3)
    yield made
    made.servers("server").stop(MODEL)


class Shop:
    """A team's side of things."""

    def __init__(self, cluster, namespace, gateway_url, s3):
        self.recipe = Recipe(
            image=cluster.image("holdfast-serving"),
            namespace=namespace,
            split="server",
            secret=SECRET,
            service_account=None,
            image_pull_secret=None,
            requests={"cpu": "50m", "memory": "256Mi"},
            limits={"cpu": "1", "memory": "1Gi"},
            min_replicas=2,
            max_replicas=3,
            target_cpu_percent=70,
            options={"drain_seconds": "5"},
        )
        self.url = f"{gateway_url}/seldon/{namespace}/{MODEL}"
        self.gateway_url = gateway_url
        # Each test has releases of its own, which start with the first sequence.
        self.releases = f"s3://{BUCKET}/releases/{time.time_ns()}"
        self._s3 = s3
        self._sequence = 0

    def servers(self, split, **changes):
        return SeldonServers(
            replace(self.recipe, split=split, **changes),
            f"{self.gateway_url}/seldon/{{namespace}}/{{name}}",
            dry_run=False,
            ready_within_seconds=SECONDS,
            connect=lambda: Cluster(self.recipe.namespace, None),
            write=lambda name, _: name,
        )

    def publish(self, champion, challenger=None, **more):
        """Write the next release where servers follow it."""
        self._sequence += 1
        told = release_of(champion, challenger, sequence=self._sequence, **more)
        where = {**self._s3, "HOLDFAST_RELEASE_URL": self.releases}
        assert write_release(told, environ=where)
        return Deployment(MODEL, self.releases, told, {})

    def followed(self, sequence):
        """Whether whoever answers has followed so far; asked of both pods at least."""
        return all(_sequence(self.url) >= sequence for _ in range(8))


def test_a_release_that_pods_follow_reaches_everybody_and_loses_nothing(shop, versions):
    old, new = versions
    told = shop.servers("server").deploy(shop.publish(old))
    seen = {}

    with clients(told.url) as counted:
        seen["live"] = counted.since(2)
        shop.publish(old, new, mode="shadow")
        _until(lambda: shop.followed(2))
        seen["shadow"] = counted.since(2)
        shop.publish(old, new, mode="canary", weight=WEIGHT)
        _until(lambda: shop.followed(3))
        seen["canary"] = _many(counted)
        shop.publish(new)
        _until(lambda: shop.followed(4))
        seen["approved"] = counted.since(2)
        back = shop.publish(old)
        _until(lambda: shop.followed(5))
        seen["rolled back"] = counted.since(2)
        # Another program: every pod is replaced by one with two workers.
        shop.servers("server", options={"workers": "2"}).deploy(back)
        _until(lambda: shop.followed(5))
        seen["replaced"] = counted.since(2)

    _check(seen, counted)


def test_a_mesh_that_divides_requests_moves_everybody_and_loses_nothing(shop, versions):
    old, new = versions
    servers, seen = shop.servers("mesh"), {}
    told = servers.deploy(shop.publish(old))

    with clients(told.url) as counted:
        seen["live"] = counted.since(2)
        servers.deploy(shop.publish(old, new, mode="shadow"))
        seen["shadow"] = counted.since(2)
        servers.deploy(shop.publish(old, new, mode="canary", weight=WEIGHT))
        _until(lambda: set(counted.since(1)) == {"1.0", "2.0"})
        seen["canary"] = _many(counted)
        servers.deploy(shop.publish(new))
        _until(lambda: set(counted.since(1)) == {"2.0"})
        seen["approved"] = counted.since(2)
        servers.deploy(shop.publish(old))
        _until(lambda: set(counted.since(1)) == {"1.0"})
        seen["rolled back"] = counted.since(2)

    _check(seen, counted)


def _check(seen, counted):
    """Who answered in each state, and that everybody was answered."""
    log.info(
        "%d requests, %d failed, the slowest took %.2f s; %s",
        counted.n_requests,
        counted.failures.total(),
        counted.longest_seconds,
        {name: dict(found) for name, found in seen.items()},
    )
    assert counted.failures == {}
    share = seen["canary"]["2.0"] / seen["canary"].total()
    assert share == pytest.approx(WEIGHT, abs=0.1)
    answered = {name: set(found) for name, found in seen.items()}
    assert answered | {"replaced": {"1.0"}} == {
        "live": {"1.0"},
        "shadow": {"1.0"},
        "canary": {"1.0", "2.0"},
        "approved": {"2.0"},
        "rolled back": {"1.0"},
        "replaced": {"1.0"},
    }


def test_an_image_that_does_not_start_changes_nothing_for_clients(shop, versions):
    servers = shop.servers("server")
    told = servers.deploy(shop.publish(versions[0]))
    broken = replace(
        shop.servers("server", options={"most_rows": "none"}), ready_within_seconds=15
    )

    with clients(told.url) as counted, pytest.raises(DeploymentError) as refused:
        broken.deploy(Deployment(MODEL, shop.releases, None, {}))

    assert "pods that were ready before go on serving" in str(refused.value)
    assert counted.failures == {}
    assert set(counted.versions) == {"1.0"}
    assert servers.deploy(Deployment(MODEL, shop.releases, None, {})).condition == (
        "ready"
    )


def _uploaded(folder, slope, s3):
    """A small bundle, and where pods find it."""
    served, address = small_bundle(folder, slope), f"s3://{BUCKET}/bundles/{slope}"
    there = open_objects(address, environ=s3)
    for file in folder.iterdir():
        there.put(file.name, file.read_bytes())
    return replace(served, bundle_uri=address)


def _sequence(url):
    """What the pod that answers serves."""
    with urlopen(f"{url}/release") as answer:
        return json.load(answer)["serving"]["sequence"]


def _until(is_so):
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.2)


def _many(counted):
    """Enough answers to tell a share by."""
    found = counted.since(2)
    while found.total() < FEW:
        found += counted.since(1)
    return found
