"""Servers in Seldon Core, one SeldonDeployment for each model. Knows no ZenML."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import yaml

from churn.deployment import Condition, Deployment, DeploymentError, ServerState
from flavors.model_deployer.seldon.manifest import (
    KIND,
    labels_of,
    manifests,
    name_of,
)
from flavors.model_deployer.seldon.recipe import Object, Recipe

LOOK_SECONDS = 1.0
# So long a failure may still be that of what was applied before.
SETTLED_SECONDS = 10.0
# As Seldon's operator writes them.
CONDITIONS: dict[str, Condition] = {"Available": "ready", "Failed": "failing"}


class Cluster(Protocol):
    """What is asked of a cluster."""

    def check(self, manifest: Object) -> None:
        """Let the cluster try it."""

    def apply(self, manifest: Object) -> None:
        """Make it so."""

    def read(self, name: str) -> Object | None:
        """How it is."""

    def delete(self, name: str) -> None:
        """Take it away."""

    def delete_maps(self, labels: dict[str, str], *, kept: set[str]) -> None:
        """Take releases away that nobody reads."""


@dataclass(frozen=True)
class SeldonServers:
    """Describes, applies, reads and deletes SeldonDeployments.

    Parameters
    ----------
    recipe : Recipe
    url : str
        With ``{namespace}`` and ``{name}``.
    dry_run : bool or "server"
        True: manifests are only written; "server": a cluster checks them as well.
    connect : callable
        Gives the cluster; not called where none is needed.
    write : callable
        Keeps the manifests: takes name and text, returns where they are.
    """

    recipe: Recipe
    url: str
    dry_run: bool | Literal["server"]
    ready_within_seconds: float
    connect: Callable[[], Cluster]
    write: Callable[[str, str], str]

    def deploy(self, deployment: Deployment) -> ServerState:
        """See that a server of this image follows the release, and is ready."""
        made, name = manifests(deployment, self.recipe), name_of(deployment.model)
        written = self.write(f"{name}.yaml", yaml.safe_dump_all(made, sort_keys=False))
        if self.dry_run is not True:
            cluster = self.connect()
            for manifest in made:
                cluster.check(manifest)
        if self.dry_run:
            reason = f"dry_run: the manifests are in {written}"
            return ServerState(deployment.model, "written", None, reason)
        for manifest in made:
            cluster.apply(manifest)
        state = self._awaited(cluster, deployment.model)
        kept = {one["metadata"]["name"] for one in made if one["kind"] != KIND}
        cluster.delete_maps(labels_of(deployment.model), kept=kept)
        return state

    def state(self, model: str) -> ServerState:
        """What the cluster says of the model's server."""
        if self.dry_run:
            return ServerState(model, "written", None, "dry_run: nothing is applied")
        return self._read(self.connect(), model)

    def stop(self, model: str) -> None:
        """Delete the model's SeldonDeployment, and wait until it is gone."""
        if self.dry_run:
            return
        cluster, name = self.connect(), name_of(model)
        cluster.delete(name)
        until = time.monotonic() + self.ready_within_seconds
        while cluster.read(name) is not None:
            if time.monotonic() > until:
                raise DeploymentError(
                    f"{KIND} {name}: expected it to be gone within "
                    f"{self.ready_within_seconds:g} s; `kubectl describe` says why not"
                )
            time.sleep(LOOK_SECONDS)
        cluster.delete_maps(labels_of(model), kept=set())

    def _awaited(self, cluster: Cluster, model: str) -> ServerState:
        applied = time.monotonic()
        while True:
            # The operator needs a moment to take back what it said of the old one.
            time.sleep(LOOK_SECONDS)
            state = self._read(cluster, model)
            if state.condition == "ready":
                return state
            is_failing = state.condition == "failing"
            patience = SETTLED_SECONDS if is_failing else self.ready_within_seconds
            if time.monotonic() > applied + patience:
                raise DeploymentError(
                    f"{KIND} {name_of(model)} is {state.condition}: {state.reason}; "
                    "pods that were ready before go on serving"
                )

    def _read(self, cluster: Cluster, model: str) -> ServerState:
        found = cluster.read(name_of(model))
        if found is None:
            return ServerState(model, "absent", None, "there is no SeldonDeployment")
        condition, reason = condition_of(found)
        url = self.url.format(namespace=self.recipe.namespace, name=name_of(model))
        return ServerState(model, condition, url, reason)


def condition_of(found: Object) -> tuple[Condition, str]:
    """What a SeldonDeployment's status says, and why it is not ready."""
    status = found.get("status") or {}
    generation = found["metadata"].get("generation", 0)
    # A status of what was applied before says nothing of what is applied now.
    if status.get("observedGeneration", generation) < generation:
        return "starting", "Seldon's operator has not looked yet"
    condition = CONDITIONS.get(status.get("state", ""), "starting")
    if condition == "ready":
        return condition, ""
    return condition, _reason(status)


def _reason(status: Object) -> str:
    said = [
        f"{one['type']}: {one.get('message') or one.get('reason') or one['status']}"
        for one in status.get("conditions", [])
        if one["status"] != "True"
    ]
    first = status.get("description") or "; ".join(said)
    return first or "Seldon's operator has said nothing yet"
