"""Is what a flavor is made of installed, and which lock brings it."""

import re
from collections.abc import Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.doctor.case import Case
from cli.doctor.finding import Check, Remark, Unwell

# Component and flavor: the lock that brings its packages, and these.
NEEDS = {
    ("artifact_store", "s3"): ("cluster", ("s3fs", "boto3")),
    ("image_builder", "kaniko"): ("cluster", ("kubernetes",)),
    ("model_deployer", "seldon"): ("cluster", ("kubernetes",)),
    ("orchestrator", "kubeflow"): ("kubeflow", ("kfp", "kfp-kubernetes")),
    ("orchestrator", "kubernetes"): ("cluster", ("kubernetes",)),
}


def package_checks(case: Case) -> Iterator[Check]:
    """One check a component whose packages are not in the base lock."""
    for kind, component in case.stack.components.items():
        need = NEEDS.get((kind, component.flavor.removeprefix("holdfast_")))
        is_needed = kind != "model_deployer" or case.asks_seldon
        if need is not None and is_needed:
            yield Check(
                f"components.{kind}",
                "its packages are installed",
                partial(_installed, case.root, *need),
            )


def _installed(root: Path, lock: str, packages: tuple[str, ...]) -> Iterator[Remark]:
    absent = [name for name in packages if _version(name) is None]
    if absent:
        raise Unwell(
            f"needs {' and '.join(absent)}, which this environment lacks",
            f"make setup-{lock}",
        )
    locked = _locked(root / "requirements" / f"{lock}.txt")
    for name in packages:
        found = _version(name)
        if name in locked and found != locked[name]:
            yield Remark(
                f"{name} {found} is installed, and the lock has {locked[name]}",
                f"make setup-{lock}",
            )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _locked(path: Path) -> dict[str, str]:
    """Packages and versions of a lock; nothing of one that is not there."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, flags=re.MULTILINE))
