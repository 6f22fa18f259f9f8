"""The sections of a stack file, read strictly, one function each."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from cli.config import PLACES
from cli.stacks.sensitive import check_no_password, check_no_secret
from cli.strict import check_keys, expect

NAMES = (
    "components",
    "environment",
    "secrets",
    "server",
    "settings",
    "steps",
    "stores",
)
COMPONENT_TYPES = (
    "alerter",
    "annotator",
    "artifact_store",
    "container_registry",
    "data_validator",
    "deployer",
    "experiment_tracker",
    "feature_store",
    "image_builder",
    "log_store",
    "model_deployer",
    "model_registry",
    "orchestrator",
    "sandbox",
    "step_operator",
)
REQUIRED = ("artifact_store", "orchestrator")
GENERAL_SETTINGS = ("deployment", "docker", "resources")
# What is left out of `settings.docker` where an image is given: nothing is built.
BUILD_PATHS = ("build_context_root", "dockerfile")
BUILD_ONLY = (*BUILD_PATHS, "parent_image_build_config", "prevent_build_reuse")
# A store's address reaches every step as this variable of the stack's environment.
STORES = {
    "alerts": "HOLDFAST_ALERTS_URL",
    "crm": "HOLDFAST_CRM_URL",
    "exports": "HOLDFAST_EXPORTS_URL",
    "ledger": "HOLDFAST_LEDGER_URL",
    "online": "HOLDFAST_ONLINE_URL",
    "predictions": "HOLDFAST_PREDICTIONS_URL",
    "release": "HOLDFAST_RELEASE_URL",
    "tables": "HOLDFAST_TABLES_URL",
    "spark": "HOLDFAST_SPARK_URL",
}
STEP_FLAGS = ("experiment_tracker", "step_operator")
ELSEWHERE = {
    **{key: home for key, home in PLACES.items() if home != "configs/stacks"},
    "parameters": "configs/pipelines",
}
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Component:
    """One stack component: ZenML's name of the flavor and that flavor's settings."""

    flavor: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class StepPlace:
    """Where one step runs and who records it; `None` leaves it to ZenML."""

    experiment_tracker: bool | None
    step_operator: bool | None
    settings: dict[str, Any]


def components(raw: object, where: str) -> dict[str, Component]:
    """Of what kind and flavor, with which settings; each kind once."""
    entries = expect(raw, dict, where)
    check_keys(entries, COMPONENT_TYPES, where, elsewhere={})
    absent = [kind for kind in REQUIRED if kind not in entries]
    if absent:
        raise ConfigError(f"{where}: lacks {' and '.join(absent)}")
    return {
        kind: _component(entry, f"{where}.{kind}") for kind, entry in entries.items()
    }


def _component(raw: object, where: str) -> Component:
    entry = expect(raw, dict, where)
    check_keys(entry, ("configuration", "flavor"), where, elsewhere={})
    configuration = _keyed(entry.get("configuration", {}), f"{where}.configuration")
    for key, value in configuration.items():
        check_no_password(value, f"{where}.configuration.{key}")
    return Component(
        flavor=expect(entry.get("flavor"), str, f"{where}.flavor"),
        configuration=configuration,
    )


def stores(raw: object, where: str) -> dict[str, str]:
    """The address of each store; none holds a password."""
    entries = expect(raw, dict, where)
    check_keys(entries, STORES, where, elsewhere={})
    for store, address in entries.items():
        expect(address, str, f"{where}.{store}")
        check_no_password(address, f"{where}.{store}")
    return entries


def variables(raw: object, where: str) -> dict[str, str]:
    """Further variables of every step; what a secret or a store holds has its place."""
    entries = expect(raw, dict, f"{where}: environment")
    stored = {variable: f"stores.{store}" for store, variable in STORES.items()}
    for name, value in entries.items():
        found = f"{where}: environment.{name}"
        if not VARIABLE.fullmatch(str(name)):
            raise ConfigError(f"{found}: expected the name of a variable, LIKE_THIS")
        if name in stored:
            raise ConfigError(f"{where}: {name!r} belongs in {stored[name]}")
        check_no_secret(name, expect(value, str, found), found)
    return entries


def secrets(raw: object, where: str) -> tuple[str, ...]:
    """Names of ZenML secrets."""
    entries = expect(raw, list, where)
    return tuple(expect(name, str, f"{where}[{n}]") for n, name in enumerate(entries))


def settings(raw: object, where: str, root: Path) -> dict[str, Any]:
    """Check the head of each key, so that `orchestrator.kubeflow` is known too."""
    entries = _keyed(raw, where)
    for key, value in entries.items():
        head = re.split(r"[.:]", key)[0]
        check_keys([head], (*COMPONENT_TYPES, *GENERAL_SETTINGS), where, elsewhere={})
        _keyed(value, f"{where}.{key}")
    if "docker" in entries:
        return {**entries, "docker": _docker(entries["docker"], root)}
    return entries


def _docker(given: dict[str, Any], root: Path) -> dict[str, Any]:
    """An image that is already there is used as it is, else ZenML builds one.

    Paths are those of the repository, wherever the command was called.
    """
    if "parent_image" in given and "dockerfile" in given:
        kept = {key: value for key, value in given.items() if key not in BUILD_ONLY}
        return {**kept, "skip_build": True}
    paths = {key: str(root / given[key]) for key in BUILD_PATHS if key in given}
    return {**given, **paths}


def steps(
    raw: object, where: str, root: Path, present: Collection[str]
) -> dict[str, StepPlace]:
    """Where single steps run; only of steps and components that there are."""
    entries = expect(raw, dict, where)
    known = {path.stem for path in (root / "steps").glob("*.py")} - {"__init__"}
    check_keys(entries, known, where, elsewhere={})
    places = {
        step: _place(entry, f"{where}.{step}", root) for step, entry in entries.items()
    }
    for step, place in places.items():
        for flag in STEP_FLAGS:
            if getattr(place, flag) and flag not in present:
                raise ConfigError(
                    f"{where}.{step}.{flag}: true, but components has no {flag}"
                )
    return places


def _place(raw: object, where: str, root: Path) -> StepPlace:
    entry = expect(raw, dict, where)
    check_keys(entry, (*STEP_FLAGS, "settings"), where, elsewhere=ELSEWHERE)
    flags = {
        flag: expect(entry[flag], bool, f"{where}.{flag}") if flag in entry else None
        for flag in STEP_FLAGS
    }
    own = settings(entry.get("settings", {}), f"{where}.settings", root)
    return StepPlace(**flags, settings=own)


def _keyed(raw: object, where: str) -> dict[str, Any]:
    entries: dict[str, Any] = expect(raw, dict, where)
    for key in entries:
        expect(key, str, f"{where}: key {key!r}")
    return entries
