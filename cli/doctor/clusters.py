"""Kubernetes: the namespace, what we may do there, and what it knows of Seldon."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.doctor.case import Case
from cli.doctor.cluster_access import is_there, open_cluster
from cli.doctor.finding import Check, Denied, Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS

LIBRARIES = ("kubernetes",)
SELDON = "/apis/machinelearning.seldon.io/v1"
NAMED = {
    "image_pull_secret": "secrets",
    "secret": "secrets",
    "service_account": "serviceaccounts",
    "service_account_name": "serviceaccounts",
}


@dataclass(frozen=True)
class Right:
    """One act on one kind of object."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""

    def __str__(self) -> str:
        parts = [self.resource, *([self.subresource] if self.subresource else [])]
        return f"{self.verb} {'/'.join(parts)}"


STEPS = (
    Right("create", "pods"),
    Right("get", "pods", subresource="log"),
    Right("create", "jobs", "batch"),
    Right("get", "jobs", "batch"),
)
SERVERS = (
    Right("patch", "seldondeployments", "machinelearning.seldon.io"),
    Right("delete", "seldondeployments", "machinelearning.seldon.io"),
    Right("patch", "configmaps"),
    Right("delete", "configmaps"),
)


def cluster_checks(case: Case) -> Iterator[Check]:
    """The orchestrator's cluster, and the model deployer's unless a run comes next."""
    if case.orchestrator == "kubernetes":
        given = case.configuration("orchestrator")
        yield Check(
            "components.orchestrator",
            "answers, has the namespace, allows pods and jobs",
            partial(_for_steps, case, given),
            LIBRARIES,
        )
    if case.asks_seldon and not case.is_quick:
        given = case.configuration("model_deployer")
        yield Check(
            "components.model_deployer",
            "answers, knows SeldonDeployments, allows them",
            partial(_for_servers, case, given),
            LIBRARIES,
        )


def _for_steps(case: Case, given: Mapping[str, Any]) -> Iterator[Remark]:
    client, remarks = open_cluster(case, given.get("kubernetes_context"))
    yield from remarks
    namespace = str(given.get("kubernetes_namespace", "zenml"))
    _has_namespace(client, namespace)
    _look_at_rights(client, namespace, STEPS)
    _has_named(client, namespace, given)


def _for_servers(case: Case, given: Mapping[str, Any]) -> Iterator[Remark]:
    client, remarks = open_cluster(case, given.get("kubernetes_context"))
    yield from remarks
    if not is_there(client, SELDON):
        raise Unwell(
            "the cluster does not know SeldonDeployments (v1)",
            "install Seldon Core 1.17 there, or say dry_run: true",
        )
    namespace = str(given.get("namespace"))
    _has_namespace(client, namespace)
    _look_at_rights(client, namespace, SERVERS)
    _has_named(client, namespace, given)


def _has_namespace(client: Any, namespace: str) -> None:
    if not is_there(client, f"/api/v1/namespaces/{namespace}"):
        raise Unwell(
            f"the cluster has no namespace {namespace}",
            f"kubectl create namespace {namespace}, or correct the name",
        )


def _has_named(client: Any, namespace: str, given: Mapping[str, Any]) -> None:
    """The secrets and accounts that settings name."""
    for key, kind in NAMED.items():
        if given.get(key):
            has_object(client, namespace, kind, str(given[key]), key)


def has_object(client: Any, namespace: str, kind: str, name: str, key: str) -> None:
    """Refuse a name behind which nothing is."""
    if not is_there(client, f"/api/v1/namespaces/{namespace}/{kind}/{name}"):
        raise Unwell(
            f"{key}: the namespace {namespace} has no {kind.removesuffix('s')} {name}",
            "make it there, or correct the name",
        )


def _look_at_rights(client: Any, namespace: str, rights: Sequence[Right]) -> None:
    """Ask for each right; nothing is done.

    Raises
    ------
    Denied
        Naming all that are missing.
    """
    missing = [str(right) for right in rights if not _has(client, namespace, right)]
    if missing:
        raise Denied(
            f"we may not {', '.join(missing)} in the namespace {namespace}",
            f"ask its keeper for that; kubectl auth can-i --list -n {namespace}",
        )


def _has(client: Any, namespace: str, right: Right) -> bool:
    asked = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {
            "resourceAttributes": {
                "namespace": namespace,
                "verb": right.verb,
                "group": right.group,
                "resource": right.resource,
                "subresource": right.subresource,
            }
        },
    }
    api = importlib.import_module("kubernetes.client").AuthorizationV1Api(client)
    told = api.create_self_subject_access_review(asked, _request_timeout=ANSWER_SECONDS)
    return bool(told.status.allowed)
