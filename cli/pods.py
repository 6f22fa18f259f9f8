"""What the pod of a step that broke in silence still tells: Kubernetes knows."""

import importlib
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from zenml.orchestrators import BaseOrchestrator

TAIL_LINES = 3
ANSWER_SECONDS = 10


def last_words(orchestrator: "BaseOrchestrator", run_id: UUID, step: str) -> str | None:
    """Why the pod ended, and the end of its log; None where nobody can tell."""
    if orchestrator.flavor != "kubernetes":
        return None
    client = importlib.import_module("kubernetes.client")
    api = client.CoreV1Api(orchestrator.get_kube_client())  # type: ignore[attr-defined]
    namespace = orchestrator.config.kubernetes_namespace  # type: ignore[attr-defined]
    labels = f"run_id={run_id},step_name={step}"
    told: list[str] = []
    with suppress(client.ApiException, HTTPError):
        pods = api.list_namespaced_pod(
            namespace, label_selector=labels, _request_timeout=ANSWER_SECONDS
        ).items
        for pod in pods[-1:]:
            told.extend(_told(api, pod))
    return "; ".join(told) or None


def _told(api: Any, pod: Any) -> Iterator[str]:
    name = pod.metadata.name
    for status in pod.status.container_statuses or []:
        state = status.state.terminated or status.state.waiting
        if state is not None and state.reason:
            yield f"pod {name}: {state.reason}"
    tail = api.read_namespaced_pod_log(
        name,
        pod.metadata.namespace,
        tail_lines=TAIL_LINES,
        _request_timeout=ANSWER_SECONDS,
    )
    if tail.strip():
        yield f"its log ends: {' | '.join(tail.strip().splitlines())}"
