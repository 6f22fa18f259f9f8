"""Servers that compose, systemd or a cluster keeps running. Knows no ZenML."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from churn.deployment import Deployment, DeploymentError, ServerState
from churn.scoring.release import Release
from flavors.model_deployer.server.asking import Asked

LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class RunElsewhere:
    """Waits for servers and never starts or ends one.

    Parameters
    ----------
    url : str
        Where a server is reached; ``{name}`` stands for its model.
    key : callable
        Gives the key that servers ask for, or None; called when one is asked.
    """

    url: str
    key: Callable[[], str | None]
    ready_within_seconds: float

    def deploy(self, deployment: Deployment) -> ServerState:
        """Wait until the server is ready and serves the release, or a newer one."""
        model, wanted = deployment.model, deployment.release
        server, problem = self._server(model), ""
        until = time.monotonic() + self.ready_within_seconds
        while True:
            try:
                problem = _behind(server, model, wanted)
            except DeploymentError as error:
                problem = str(error)
            if not problem:
                return ServerState(model, "ready", server.url, "")
            if time.monotonic() >= until:
                raise DeploymentError(
                    f"after {self.ready_within_seconds:g} s: {problem}"
                )
            time.sleep(LOOK_SECONDS)

    def state(self, model: str) -> ServerState:
        """What the server itself says at this moment."""
        server = self._server(model)
        try:
            ready = server.is_ready()
        except DeploymentError as error:
            return ServerState(model, "failing", server.url, str(error))
        if ready:
            return ServerState(model, "ready", server.url, "")
        return ServerState(model, "starting", server.url, "it says it is not ready")

    def stop(self, model: str) -> None:
        """Refuse: it is not ours to end."""
        raise DeploymentError(
            f"the server of {model} at {self._server(model).url} is run by somebody "
            "else, and is stopped where it is run"
        )

    def _server(self, model: str) -> Asked:
        return Asked(self.url.replace("{name}", model), self.key())


def _behind(server: Asked, model: str, wanted: Release | None) -> str:
    """Why a server does not serve what is wanted; empty where it does."""
    told = server.release()
    serving: Mapping[str, Any] = told["serving"] or {}
    if serving.get("model", model) != model:
        return f"{server.url} serves {serving['model']}, expected {model}"
    expected = wanted.sequence if wanted else 0
    if serving and serving["sequence"] < expected:
        version = serving["champion"]["version"]
        return (
            f"{server.url} serves version {version} of event {serving['sequence']}, "
            f"expected event {expected}{_refusal(told)}"
        )
    if not serving or not server.is_ready():
        return f"{server.url} is not ready{_refusal(told)}"
    return ""


def _refusal(told: Mapping[str, Any]) -> str:
    """What the server could not load, and why; or where to look."""
    refusal = (told.get("supervisor") or {}).get("refusal")
    if refusal:
        return f"; it refused event {refusal['sequence']}: {refusal['reason']}"
    return "; see that it follows stores.release of this stack"
