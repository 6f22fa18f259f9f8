"""Stacks as files: where a pipeline runs. Knows neither ZenML nor churn."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.errors import ConfigError
from churn.naming import suggestion
from cli.stacks import sections
from cli.stacks.placeholders import fill
from cli.stacks.sections import STEP_FLAGS, STORES, Component, StepPlace
from cli.strict import check_keys, expect, read_mapping

__all__ = [
    "STORES",
    "Component",
    "StackFile",
    "StepPlace",
    "list_stacks",
    "load_stack",
    "project_home",
    "read_stack",
]

PROJECT = "holdfast"
HOME = ".holdfast"


@dataclass(frozen=True)
class StackFile:
    """A stack file with every placeholder filled.

    `server` is the ZenML server that it lives in, None for whichever is connected;
    `variables` are those of every step beside the stores' addresses; each key of the
    ZenML secrets named by `secrets` is one more.
    """

    name: str
    zenml_name: str
    home: str
    server: str | None
    components: dict[str, Component]
    stores: dict[str, str]
    variables: dict[str, str]
    secrets: tuple[str, ...]
    settings: dict[str, Any]
    steps: dict[str, StepPlace]

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which steps find the stores, and the file's own."""
        stores = {STORES[store]: url for store, url in self.stores.items()}
        return {**self.variables, **stores}

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

    Raises
    ------
    ConfigError
        For an unknown stack, key or step, a wrong type, a variable that is missing,
        and for what looks like a secret.
    """
    where = f"configs/stacks/{name}.yaml"
    raw = read_stack(name, root)
    home = project_home(root, environ)
    filled = fill(raw, {**environ, "project": home}, where)
    components = sections.components(filled.get("components"), f"{where}: components")
    server = filled.get("server")
    return StackFile(
        name=name,
        zenml_name=_zenml_name(name, home, raw),
        home=home,
        server=None if server is None else expect(server, str, f"{where}: server"),
        components=components,
        stores=sections.stores(filled.get("stores", {}), f"{where}: stores"),
        variables=sections.variables(filled.get("environment", {}), where),
        secrets=sections.secrets(filled.get("secrets", []), f"{where}: secrets"),
        settings=sections.settings(
            filled.get("settings", {}), f"{where}: settings", root
        ),
        steps=sections.steps(
            filled.get("steps", {}), f"{where}: steps", root, components
        ),
    )


def read_stack(name: str, root: Path) -> dict[str, Any]:
    """The file of a stack as it stands, placeholders and all.

    Raises
    ------
    ConfigError
        If there is no such file, it is no YAML, or it has an unknown section.
    """
    if name not in list_stacks(root):
        near = suggestion(name, list_stacks(root))
        raise ConfigError(f"no stack {name!r} in configs/stacks; {near}")
    where = f"configs/stacks/{name}.yaml"
    raw = read_mapping(root / where)
    check_keys(raw, sections.NAMES, where, elsewhere=sections.ELSEWHERE)
    return raw


def project_home(root: Path, environ: Mapping[str, str]) -> str:
    """The project's one folder: what `${project}` stands for."""
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


def _as_given(place: StepPlace) -> dict[str, Any]:
    given = {flag: getattr(place, flag) for flag in STEP_FLAGS}
    stated = {flag: value for flag, value in given.items() if value is not None}
    return stated | ({"settings": place.settings} if place.settings else {})
