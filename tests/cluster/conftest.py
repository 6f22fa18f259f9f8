"""A cluster, a namespace for each test module, and an object store that pods reach."""

import importlib
import json
import uuid
from collections.abc import Iterator

import pytest

from tests.cluster.forwarding import forwarded
from tests.cluster.where import Where, where
from tests.seldon_deployments import CRD, need_crd
from tests.storage.s3_server import s3_server

CONFLICT = 409


@pytest.fixture(scope="session")
def cluster() -> Where:
    """The cluster that tests may use."""
    pytest.importorskip("kubernetes", reason="no package kubernetes: setup-cluster")
    return where()


@pytest.fixture(scope="module")
def namespace(cluster: Where) -> Iterator[str]:
    """A namespace in a cluster that knows SeldonDeployments; deleted afterwards."""
    client = importlib.import_module("kubernetes.client")
    need_crd()
    definitions = client.ApiextensionsV1Api()
    try:
        definitions.create_custom_resource_definition(json.loads(CRD.read_text()))
    except client.ApiException as error:
        if error.status != CONFLICT:
            raise
    name = f"holdfast-{uuid.uuid4().hex[:8]}"
    client.CoreV1Api().create_namespace({"metadata": {"name": name}})
    yield name
    client.CoreV1Api().delete_namespace(name)


@pytest.fixture(scope="session")
def pods_s3(cluster: Where) -> Iterator[dict[str, str]]:
    """The variables by which pods and this machine reach one bucket."""
    with s3_server() as environ, forwarded(environ, cluster.host) as reached:
        yield reached
