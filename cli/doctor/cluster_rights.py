"""What we may do in a namespace, as its API server itself tells."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cli.doctor.finding import Denied
from cli.doctor.place import ANSWER_SECONDS


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


def look_at_rights(client: Any, namespace: str, rights: Sequence[Right]) -> None:
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
