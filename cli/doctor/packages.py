"""Are the flavors ones that are known, and their packages installed by their lock."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from churn.errors import ConfigError
from cli.doctor.addresses import not_to_ask
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


def flavor_checks(case: Case) -> Iterator[Check]:
    """All components at once; before a run, applying looks at this by itself."""
    if not case.is_quick:
        yield Check("components", "are known", partial(_known, case))


def _known(case: Case) -> Iterator[Remark]:
    from cli.stacks.checking import check_components

    told, parts = not_to_ask(case), case.stack.components
    others = {kind: p for kind, p in parts.items() if f"components.{kind}" not in told}
    try:
        check_components(replace(case.stack, components=others))
    except ConfigError as error:
        said = str(error).removeprefix(f"configs/stacks/{case.stack.name}.yaml: ")
        problem, _, way_out = said.rpartition("; ")
        if not problem:
            problem, way_out = said, "correct it"
        raise Unwell(problem, way_out) from None
    yield from ()


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
