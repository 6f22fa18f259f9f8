"""Stacks as files: where a pipeline runs. Knows neither ZenML nor churn."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.naming import suggestion
from cli.config import PLACES
from cli.strict import check_keys, expect, read_mapping

PROJECT = "holdfast"
HOME = ".holdfast"
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
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


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


@dataclass(frozen=True)
class StackFile:
    """A stack file with every placeholder filled."""

    name: str
    zenml_name: str
    home: str
    components: dict[str, Component]
    stores: dict[str, str]
    settings: dict[str, Any]
    steps: dict[str, StepPlace]

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which steps find the stores."""
        return {STORES[store]: url for store, url in self.stores.items()}

    def model_name(self, dataset: str) -> str:
        """Name the registered model of a data set.

        A ledger of this folder alone must not share its models with the ledgers of
        other folders, which ZenML's one store on this machine knows too.
        """
        return (
            f"churn-{dataset}{self.zenml_name.removeprefix(f'{PROJECT}-{self.name}')}"
        )

    def component_name(self, kind: str) -> str:
        """Name a component; with its flavor, which ZenML cannot change afterwards."""
        return f"{self.zenml_name}-{self.components[kind].flavor}"

    def run_configuration(self, steps: Collection[str]) -> dict[str, Any]:
        """Return ZenML's `settings` and `steps` for a pipeline of these steps."""
        places = {step: self.steps[step] for step in steps if step in self.steps}
        return {
            "settings": self.settings,
            "steps": {step: _as_given(place) for step, place in places.items()},
        }


def list_stacks(root: Path) -> list[str]:
    """Names of the stack files below `root`."""
    return sorted(path.stem for path in (root / "configs" / "stacks").glob("*.yaml"))


def load_stack(name: str, *, root: Path, environ: Mapping[str, str]) -> StackFile:
    """Read `configs/stacks/<name>.yaml` strictly.

    `${project}` stands for the project's one folder: `.holdfast` below `root`, or
    what the variable HOLDFAST_HOME says. Any other `${NAME}` comes from `environ`.
    """
    if name not in list_stacks(root):
        near = suggestion(name, list_stacks(root))
        raise ConfigError(f"no stack {name!r} in configs/stacks; {near}")
    where = f"configs/stacks/{name}.yaml"
    raw = read_mapping(root / where)
    sections = ("components", "settings", "steps", "stores")
    check_keys(raw, sections, where, elsewhere=ELSEWHERE)
    home = _home(root, environ)
    filled = _fill(raw, {**environ, "project": home}, where)
    components = _components(filled.get("components"), f"{where}: components")
    return StackFile(
        name=name,
        zenml_name=_zenml_name(name, home, raw),
        home=home,
        components=components,
        stores=_stores(filled.get("stores", {}), f"{where}: stores"),
        settings=_settings(filled.get("settings", {}), f"{where}: settings"),
        steps=_steps(filled.get("steps", {}), f"{where}: steps", root, components),
    )


def _home(root: Path, environ: Mapping[str, str]) -> str:
    chosen = Path(environ.get("HOLDFAST_HOME") or HOME).expanduser()
    return str((root / chosen).resolve())


def _zenml_name(name: str, home: str, raw: Mapping[str, Any]) -> str:
    """Name the stack; one that uses the project's folder carries the folder's hash.

    Checkouts on one machine share ZenML's database: without the hash they would
    turn each other's stack to their own folder. A stack with nothing in the folder
    is the same from everywhere and stays one.
    """
    if "${project}" not in str(raw):
        return f"{PROJECT}-{name}"
    return f"{PROJECT}-{name}-{hashlib.sha256(home.encode()).hexdigest()[:6]}"


def _fill(raw: dict[str, Any], values: Mapping[str, str], where: str) -> dict[str, Any]:
    missing = sorted(set(_placeholders(raw)) - set(values))
    if missing:
        raise ConfigError(
            f"{where}: the environment lacks {', '.join(missing)}; set "
            f"{'it' if len(missing) == 1 else 'them'} and run again"
        )
    return {key: _filled(value, values) for key, value in raw.items()}


def _placeholders(value: object) -> list[str]:
    if isinstance(value, str):
        return PLACEHOLDER.findall(value)
    if isinstance(value, dict):
        return _placeholders(list(value.values()))
    if isinstance(value, list):
        return [name for item in value for name in _placeholders(item)]
    return []


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: values[match[1]], value)
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value


def _components(raw: object, where: str) -> dict[str, Component]:
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
    return Component(
        flavor=expect(entry.get("flavor"), str, f"{where}.flavor"),
        configuration=_keyed(entry.get("configuration", {}), f"{where}.configuration"),
    )


def _stores(raw: object, where: str) -> dict[str, str]:
    entries = expect(raw, dict, where)
    check_keys(entries, STORES, where, elsewhere={})
    return {
        store: expect(address, str, f"{where}.{store}")
        for store, address in entries.items()
    }


def _settings(raw: object, where: str) -> dict[str, Any]:
    """Check the head of each key, so that `orchestrator.kubeflow` is known too."""
    entries = _keyed(raw, where)
    for key, value in entries.items():
        head = re.split(r"[.:]", key)[0]
        check_keys([head], (*COMPONENT_TYPES, *GENERAL_SETTINGS), where, elsewhere={})
        _keyed(value, f"{where}.{key}")
    return entries


def _steps(
    raw: object, where: str, root: Path, components: Collection[str]
) -> dict[str, StepPlace]:
    entries = expect(raw, dict, where)
    known = {path.stem for path in (root / "steps").glob("*.py")} - {"__init__"}
    check_keys(entries, known, where, elsewhere={})
    places = {step: _place(entry, f"{where}.{step}") for step, entry in entries.items()}
    for step, place in places.items():
        for flag in STEP_FLAGS:
            if getattr(place, flag) and flag not in components:
                raise ConfigError(
                    f"{where}.{step}.{flag}: true, but components has no {flag}"
                )
    return places


def _place(raw: object, where: str) -> StepPlace:
    entry = expect(raw, dict, where)
    check_keys(entry, (*STEP_FLAGS, "settings"), where, elsewhere=ELSEWHERE)
    flags = {
        flag: expect(entry[flag], bool, f"{where}.{flag}") if flag in entry else None
        for flag in STEP_FLAGS
    }
    settings = _settings(entry.get("settings", {}), f"{where}.settings")
    return StepPlace(**flags, settings=settings)


def _as_given(place: StepPlace) -> dict[str, Any]:
    given = {flag: getattr(place, flag) for flag in STEP_FLAGS}
    stated = {flag: value for flag, value in given.items() if value is not None}
    return stated | ({"settings": place.settings} if place.settings else {})


def _keyed(raw: object, where: str) -> dict[str, Any]:
    entries: dict[str, Any] = expect(raw, dict, where)
    for key in entries:
        expect(key, str, f"{where}: key {key!r}")
    return entries
