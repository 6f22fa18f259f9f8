"""Overlays as kustomize builds them, and what of Kubernetes would refuse them."""

import functools
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import kubernetes_validate.utils
import pytest
import yaml

from tests.conftest import CHECKOUT

Manifest = dict[str, Any]
KUBERNETES = CHECKOUT / "ops" / "kubernetes"
OVERLAYS = ("staging", "production")
# Kept by the project itself: its own kind's schema is a hundred times as long.
MONITOR = yaml.safe_load(Path(__file__).with_name("servicemonitor.yaml").read_text())
# It reads two files of megabytes for each object.
kubernetes_validate.utils.schema_contents = functools.cache(
    kubernetes_validate.utils.schema_contents
)


@functools.cache
def built(overlay: str) -> tuple[Manifest, ...]:
    """All objects of an overlay."""
    done = kustomize(KUBERNETES / "overlays" / overlay)
    assert done.returncode == 0, done.stderr
    return tuple(yaml.load_all(done.stdout, yaml.CSafeLoader))


def kustomize(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build a folder by whichever program is there; without one, skip."""
    for name, *more in (("kustomize", "build"), ("kubectl", "kustomize")):
        if program := shutil.which(name):
            return run([program, *more, str(folder)])
    pytest.skip("neither kustomize nor kubectl (1.21 or newer) is installed")


def run(command: Sequence[str], **given: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, **given)


def kinds(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] == kind]


def kind(manifests: Sequence[Manifest], name: str) -> Manifest:
    """The only object of a kind."""
    (found,) = kinds(manifests, name)
    return found


def pods(manifests: Sequence[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each template of a pod, by the name of what starts it."""
    for one in kinds(manifests, "Deployment"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in kinds(manifests, "CronJob"):
        yield one["metadata"]["name"], one["spec"]["jobTemplate"]["spec"]["template"]


def refused(manifest: Manifest, version: str) -> str | None:
    """Why Kubernetes of this version would refuse it or drop a part; None: it takes it.

    Stricter than a server, which drops what it does not know without a word.
    """
    try:
        if manifest["kind"] == "ServiceMonitor":
            jsonschema.validate(manifest, MONITOR)
        else:
            kubernetes_validate.validate(manifest, version, strict=True)
    except jsonschema.ValidationError as error:
        return error.message
    except (kubernetes_validate.ValidationError, ValueError) as error:
        return str(getattr(error, "message", error))
    return None
