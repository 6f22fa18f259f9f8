"""Seldon Core's operator on a real Kubernetes API, as far as our manifests need one.

Tests only. Written after the operator of Seldon Core 1.17.1: each predictor becomes a
Deployment, its Services, an autoscaler and a disruption budget; the mesh learns new
shares, and what no predictor needs is deleted, once every Deployment is ready; the
status is written as Seldon writes it, without ``observedGeneration``, and ``Available``
by the same two numbers of the Deployments.

Limits, known and wanted:

- It looks twice a second and watches nothing; there is one of it, for one namespace.
- Only predictors with ``seldon.io/no-engine`` and containers of their own, as our
  manifests have them: no executor, no prepackaged server, explainer or storage
  initializer, no KEDA, no TLS between parts. Whatever else it finds it calls Failed.
- The mutating webhook's defaults are filled into what it makes, never into the
  SeldonDeployment.
- Traffic is divided by ``gateway.py``, which stands where Istio or Ambassador would.
- Autoscaler and disruption budget are real objects; without a metrics server in the
  cluster the autoscaler keeps to its fewest replicas.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.cluster.gateway import Gateway
from tests.cluster.seldon_objects import ID, Object, UnknownPartError, objects_of
from tests.cluster.seldon_status import has_failed, is_ready, status_of
from tests.conftest import CHECKOUT

GROUP_VERSION, KIND = "machinelearning.seldon.io/v1", "SeldonDeployment"
LOOK_SECONDS = 0.5
MANAGER = "seldon-operator"
CONFLICT, NOT_FOUND = 409, 404


@contextlib.contextmanager
def operated(namespace: str, node: str) -> Iterator[str]:
    """Run one in a process of its own; yields the address of its gateway."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, namespace, node],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        # It ends with its input.
        said, _ = process.communicate()
    assert said == "", said


class Operator:
    """Makes the SeldonDeployments of one namespace so."""

    def __init__(self, namespace: str, gateway: Gateway) -> None:
        from kubernetes import client, dynamic

        self._api = dynamic.DynamicClient(client.ApiClient())
        self._refused = client.ApiException
        self._namespace, self._gateway = namespace, gateway
        self._scaling = self._served("HorizontalPodAutoscaler", ("v2", "v2beta2"))
        self._policy = self._served("PodDisruptionBudget", ("v1", "v1beta1"))
        self._swept = (
            ("apps/v1", "Deployment"),
            ("v1", "Service"),
            (self._scaling, "HorizontalPodAutoscaler"),
            (self._policy, "PodDisruptionBudget"),
        )

    def run(self, ended: threading.Event, say: Callable[[str], object]) -> None:
        """Look again and again; what goes wrong is said, and tried again."""
        while not ended.wait(LOOK_SECONDS):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 (whatever it is)
                say(_line(error))

    def _look(self) -> None:
        found = self._kind(GROUP_VERSION, KIND).get(namespace=self._namespace)
        there = [one.to_dict() for one in found.items]
        self._gateway.keep({one["metadata"]["name"] for one in there})
        for seldon in there:
            if "deletionTimestamp" in seldon["metadata"]:
                continue
            try:
                self._reconcile(seldon)
            except UnknownPartError as error:
                self._tell(seldon, {"state": "Failed", "description": str(error)})

    def _reconcile(self, seldon: Object) -> None:
        """One look: make what is missing, then say how far it is."""
        wanted = objects_of(seldon, scaling=self._scaling, policy=self._policy)
        made = [self._apply(one) for one in wanted]
        deployments = [one for one, _ in made if one["kind"] == "Deployment"]
        is_news = any(has_changed for _, has_changed in made)
        ready = all(map(is_ready, deployments)) and not is_news
        if ready:
            self._gateway.tell(seldon)
            self._sweep(seldon, wanted)
        failed = not ready and any(map(has_failed, deployments))
        self._tell(seldon, status_of(seldon, deployments, ready, failed))

    def _apply(self, wanted: Object) -> tuple[Object, bool]:
        """The object as it is now, and whether that is news."""
        kind = self._kind(wanted["apiVersion"], wanted["kind"])
        place = {"name": wanted["metadata"]["name"], "namespace": self._namespace}
        before = self._version(kind, place)
        made: Object = kind.server_side_apply(
            body=wanted, field_manager=MANAGER, force_conflicts=True, **place
        ).to_dict()
        return made, before != _spec_version(made)

    def _version(self, kind: Any, place: dict[str, str]) -> Any:
        try:
            return _spec_version(kind.get(**place).to_dict())
        except self._refused as error:
            if error.status != NOT_FOUND:
                raise
        return None

    def _sweep(self, seldon: Object, wanted: Iterable[Object]) -> None:
        """Delete what predictors that are gone have left."""
        kept = {(one["kind"], one["metadata"]["name"]) for one in wanted}
        selector, place = f"{ID}={seldon['metadata']['name']}", self._namespace
        for version, kind in self._swept:
            objects = self._kind(version, kind)
            for one in objects.get(label_selector=selector, namespace=place).items:
                if (kind, one.metadata.name) not in kept and _is_seldons(one):
                    objects.delete(
                        name=one.metadata.name,
                        namespace=place,
                        body={"propagationPolicy": "Background"},
                    )

    def _tell(self, seldon: Object, status: Object) -> None:
        if seldon.get("status") == status:
            return
        body = {**seldon, "status": status}
        try:
            kind = self._kind(GROUP_VERSION, KIND)
            kind.status.replace(body=body, namespace=self._namespace)
        except self._refused as error:
            # It was changed or deleted since it was read; the next look knows.
            if error.status not in (CONFLICT, NOT_FOUND):
                raise

    def _served(self, kind: str, versions: tuple[str, ...]) -> str:
        """The first of these versions that the API server knows."""
        known = {one.group_version for one in self._api.resources.search(kind=kind)}
        named = {one.partition("/")[2]: one for one in known}
        return next(named[one] for one in versions if one in named)

    def _kind(self, api_version: str, kind: str) -> Any:
        return self._api.resources.get(api_version=api_version, kind=kind)


def _spec_version(made: Object) -> Any:
    """Changes with the object's specification alone, where Kubernetes counts that."""
    metadata = made["metadata"]
    return metadata.get("generation", metadata["uid"])


def _is_seldons(one: Any) -> bool:
    owners = one.metadata.ownerReferences or []
    return any(owner.kind == KIND for owner in owners)


def _line(error: Exception) -> str:
    body = getattr(error, "body", None)
    said = body.decode(errors="replace") if isinstance(body, bytes) else repr(error)
    return " ".join(said.split())[:500] + "\n"


def main(namespace: str, node: str) -> None:
    """Operate until standard input ends; the first line printed is the gateway's."""
    from kubernetes import config

    config.load_kube_config()
    gateway, ended = Gateway(namespace, node), threading.Event()
    operator = Operator(namespace, gateway)
    thread = threading.Thread(target=operator.run, args=(ended, sys.stdout.write))
    thread.start()
    with gateway.listening() as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()
        ended.set()
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
