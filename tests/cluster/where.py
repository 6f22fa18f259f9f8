"""Where the cluster is that tests may use, or why there is none.

HOLDFAST_TEST_KUBECONFIG names its kubeconfig, HOLDFAST_TEST_REGISTRY a registry from
which its nodes pull, HOLDFAST_TEST_HOST the address at which pods reach this machine
(default: the node's, where that is this machine's own), HOLDFAST_TEST_IMAGES the tag of
our images in the registry (default: the commit's).
"""

import json
import os
import socket
import subprocess
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

KUBECONFIG = "HOLDFAST_TEST_KUBECONFIG"
REGISTRY = "HOLDFAST_TEST_REGISTRY"
HOST = "HOLDFAST_TEST_HOST"
IMAGES = "HOLDFAST_TEST_IMAGES"


@dataclass(frozen=True)
class Where:
    """What tests need to know of a cluster.

    ``node`` is the address of one of its nodes, ``host`` this machine's as pods see it.
    """

    kubeconfig: str
    context: str
    registry: str
    node: str
    host: str

    def image(self, name: str) -> str:
        """One of our images as it was pushed; without it the test is skipped."""
        tag = os.environ.get(IMAGES) or _commit()
        image = f"{self.registry}/{name}:{tag}"
        host, _, path = f"{self.registry}/{name}".partition("/")
        address = f"http://{host}/v2/{path}/tags/list"
        try:
            with urlopen(address) as answer:
                tags = json.load(answer)["tags"] or []
        except HTTPError:
            tags = []
        if tag not in tags:
            build = f"ops/docker/build --repository {self.registry} --push"
            pytest.skip(f"no image {image}: `{build}`, or name its tag by {IMAGES}")
        return image


def where() -> Where:
    """Find it, or skip the test, saying what is missing."""
    missing = [one for one in (KUBECONFIG, REGISTRY) if not os.environ.get(one)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not set: docs/cluster-tests.md says how")
    # Whoever uses the Kubernetes client finds the cluster by this variable.
    os.environ["KUBECONFIG"] = os.environ[KUBECONFIG]
    context, node = _context(), _node()
    host = os.environ.get(HOST) or (node if _is_own(node) else "")
    if not host:
        pytest.skip(f"{HOST} not set: the address at which pods reach this machine")
    return Where(os.environ[KUBECONFIG], context, os.environ[REGISTRY], node, host)


def _context() -> str:
    from kubernetes import config

    return str(config.list_kube_config_contexts()[1]["name"])


def _node() -> str:
    from kubernetes import client, config

    config.load_kube_config()
    (first, *_) = client.CoreV1Api().list_node().items
    (address,) = [a.address for a in first.status.addresses if a.type == "InternalIP"]
    return str(address)


def _is_own(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _commit() -> str:
    """The tag that `make images` gives."""
    asked = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return done.stdout[:12]
