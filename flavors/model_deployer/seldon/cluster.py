"""A Kubernetes API server, as far as our manifests need one.

The package ``kubernetes`` is imported on first use: without a cluster nobody needs it.
Everything is applied in place (server-side apply); nothing is deleted to be made anew.
"""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from churn.deployment import DeploymentError
from flavors.model_deployer.seldon.manifest import GROUP, KIND, VERSION
from flavors.model_deployer.seldon.recipe import Object

DEPLOYMENTS = (f"{GROUP}/{VERSION}", KIND)
RELEASES = ("v1", "ConfigMap")
MANAGER = "holdfast"
IN_POD = "KUBERNETES_SERVICE_HOST"
NOT_FOUND = 404
REASON_CHARACTERS = 500


class Cluster:
    """One namespace of a cluster."""

    def __init__(self, namespace: str, context: str | None) -> None:
        self._namespace = namespace
        with _explained("connect"):
            self._client = _connected(context)

    def check(self, manifest: Object) -> None:
        """Let the server try the manifest, changing nothing.

        Raises
        ------
        DeploymentError
            If it refuses, or would silently drop a part of it.
        """
        lost = list(_lost(manifest, self._apply(manifest, dry_run="All"), ""))
        if lost:
            raise DeploymentError(
                f"{_name(manifest)}: the cluster does not know {', '.join(lost)} and "
                "would drop it; it has another version of Seldon's definitions"
            )

    def apply(self, manifest: Object) -> None:
        """Make the object so, in place.

        Raises
        ------
        DeploymentError
        """
        self._apply(manifest)

    def read(self, name: str) -> Object | None:
        """A SeldonDeployment as it is; None if there is none.

        Raises
        ------
        DeploymentError
        """
        with _explained(f"read {KIND} {name}"), _absent_is_fine():
            found: Object = (
                self._kind(*DEPLOYMENTS)
                .get(name=name, namespace=self._namespace)
                .to_dict()
            )
            return found
        return None

    def delete(self, name: str) -> None:
        """Delete a SeldonDeployment; its pods follow. Absent is fine.

        Raises
        ------
        DeploymentError
        """
        with _explained(f"delete {KIND} {name}"), _absent_is_fine():
            self._kind(*DEPLOYMENTS).delete(name=name, namespace=self._namespace)

    def delete_maps(self, labels: dict[str, str], *, kept: set[str]) -> None:
        """Delete the releases that no predictor is told any more.

        Raises
        ------
        DeploymentError
        """
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        with _explained("delete releases"):
            maps, place = self._kind(*RELEASES), {"namespace": self._namespace}
            for one in maps.get(**place, label_selector=selector).items:
                if one.metadata.name not in kept:
                    maps.delete(name=one.metadata.name, **place)

    def _apply(self, manifest: Object, **more: str) -> Object:
        with _explained(f"apply {_name(manifest)}"):
            kind = self._kind(manifest["apiVersion"], manifest["kind"])
            made: Object = kind.server_side_apply(
                body=manifest,
                name=manifest["metadata"]["name"],
                namespace=self._namespace,
                field_manager=MANAGER,
                force_conflicts=True,
                **more,
            ).to_dict()
            return made

    def _kind(self, api_version: str, kind: str) -> Any:
        return self._client.resources.get(api_version=api_version, kind=kind)


def _connected(context: str | None) -> Any:
    """A client that knows where the cluster is."""
    try:
        client = importlib.import_module("kubernetes.client")
        config = importlib.import_module("kubernetes.config")
        dynamic = importlib.import_module("kubernetes.dynamic")
    except ImportError:
        raise DeploymentError(
            "a deployer with a cluster needs the package kubernetes, found none; "
            "`make setup-cluster`, or set dry_run: true"
        ) from None
    try:
        if _is_in_pod(config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION):
            config.load_incluster_config()
        else:
            config.load_kube_config(context=context)
    except config.ConfigException as error:
        raise DeploymentError(f"expected a cluster, found none: {error}") from None
    return dynamic.DynamicClient(client.ApiClient())


def _is_in_pod(kubeconfigs: str) -> bool:
    """Whether the only cluster that this process can know is its own.

    A stack names the context of those who start pipelines; steps in pods have none.
    """
    paths = (Path(one).expanduser() for one in kubeconfigs.split(os.pathsep) if one)
    return IN_POD in os.environ and not any(path.exists() for path in paths)


@contextmanager
def _explained(act: str) -> Iterator[None]:
    """Say in one line what the cluster said."""
    try:
        yield
    except DeploymentError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("kubernetes", "urllib3")):
            raise
        raise DeploymentError(f"cannot {act}: {_said(error)}") from None


@contextmanager
def _absent_is_fine() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if getattr(error, "status", None) != NOT_FOUND:
            raise


def _said(error: Any) -> str:
    body = getattr(error, "body", None)
    text = (
        body.decode(errors="replace") if isinstance(body, bytes) else str(body or error)
    )
    return " ".join(text.split())[:REASON_CHARACTERS]


def _name(manifest: Object) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _lost(sent: Any, made: Any, where: str) -> Iterator[str]:
    """Paths of what was sent and did not arrive."""
    if isinstance(sent, dict):
        for key, value in sent.items():
            path = f"{where}.{key}".removeprefix(".")
            if not isinstance(made, dict) or key not in made:
                # The server leaves out what is empty.
                if value not in ({}, [], None):
                    yield path
            else:
                yield from _lost(value, made[key], path)
    elif isinstance(sent, list) and isinstance(made, list):
        for number, value in enumerate(sent):
            found = made[number] if number < len(made) else None
            yield from _lost(value, found, f"{where}[{number}]")
