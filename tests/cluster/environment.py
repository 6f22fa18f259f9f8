"""All that the stack ``kubernetes`` needs, around a real cluster.

The servers are this machine's, each a real one; the cluster's pods reach them at the
address by which they know this machine.
"""

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import yaml

from tests.cluster.forwarding import forwarded
from tests.cluster.operator import operated
from tests.cluster.where import Where
from tests.conftest import CHECKOUT
from tests.staging.bringing_up import staging

SECRET = "holdfast-kubernetes"  # noqa: S105 (its name, as the stack file has it)
SERVING_SECRET = "holdfast-serving"  # noqa: S105 (its name)
MANIFESTS = CHECKOUT / "ops" / "kubernetes"
RIGHTS = ("base/jobs/account.yaml", "orchestration/role.yaml", "models/role.yaml")


@dataclass(frozen=True)
class Environment:
    """What a person exports who starts pipelines, and what the ZenML secret holds."""

    variables: dict[str, str]
    secret: dict[str, str]


@contextlib.contextmanager
def environment(cluster: Where, namespace: str) -> Iterator[Environment]:
    """Bring it all up until the block ends."""
    with ExitStack() as servers:
        running = servers.enter_context(staging())
        running.zenml.keep(SECRET, running.secret)
        gateway = servers.enter_context(operated(namespace, cluster.node))
        models = f"{gateway}/seldon/{{namespace}}/{{name}}"
        told = running.variables | {"HOLDFAST_MODELS_URL": models}
        variables = servers.enter_context(forwarded(told, cluster.host))
        _prepare(namespace, running.secret, variables)
        variables |= {
            "HOLDFAST_IMAGE": cluster.image("holdfast-pipeline"),
            "HOLDFAST_KUBERNETES_CONTEXT": cluster.context,
            "HOLDFAST_MODELS_NAMESPACE": namespace,
            "HOLDFAST_NAMESPACE": namespace,
            "HOLDFAST_REGISTRY": cluster.registry,
            "HOLDFAST_SERVICE_ACCOUNT": "holdfast-orchestration",
            "HOLDFAST_STEPS_ACCOUNT": "holdfast-steps",
            "HOLDFAST_SERVING_IMAGE": cluster.image("holdfast-serving"),
            "KUBECONFIG": cluster.kubeconfig,
        }
        yield Environment(variables, running.secret)


def _prepare(namespace: str, secret: dict[str, str], variables: dict[str, str]) -> None:
    """What somebody with rights does once: accounts for pods, a key for servers."""
    from kubernetes import client, dynamic

    api = dynamic.DynamicClient(client.ApiClient())
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "HOLDFAST_ONLINE_PASSWORD")
    served = {name: secret[name] for name in names} | {
        "AWS_ENDPOINT_URL": variables["HOLDFAST_S3_URL"],
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    key = {"metadata": {"name": SERVING_SECRET}, "stringData": served}
    client.CoreV1Api().create_namespaced_secret(namespace, key)
    for path in RIGHTS:
        for one in yaml.safe_load_all((MANIFESTS / path).read_text()):
            kind = api.resources.get(api_version=one["apiVersion"], kind=one["kind"])
            kind.server_side_apply(
                body=one,
                name=one["metadata"]["name"],
                namespace=namespace,
                field_manager="tests",
                force_conflicts=True,
            )
