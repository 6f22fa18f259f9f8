"""Making ZenML's stack agree with a stack file, for this repository alone."""

import importlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from churn.errors import ConfigError
from churn.naming import suggestion
from cli.stack_file import Component, StackFile
from cli.strict import check_keys

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client
    from zenml.enums import StackComponentType
    from zenml.models import ComponentResponse
    from zenml.stack import Flavor

# Our flavors by component type and name; ZenML imports one where a stack uses it.
FLAVORS = {
    ("alerter", "holdfast_file"): "flavors.alerter.flavor.FileAlerterFlavor",
    ("model_deployer", "holdfast_local"): (
        "flavors.model_deployer.flavor.LocalDeployerFlavor"
    ),
    ("model_deployer", "holdfast_seldon"): (
        "flavors.model_deployer.flavor.SeldonDeployerFlavor"
    ),
}


@dataclass(frozen=True)
class Change:
    """What applying a stack file did to one part of ZenML's stack."""

    component: str
    name: str
    action: Literal["created", "changed", "left"]

    def __str__(self) -> str:
        """The change as a line for a person."""
        return f"{self.action:<7} {self.component}: {self.name}"


def check_stack(stack: StackFile) -> dict[str, dict[str, Any]]:
    """Check every component against its flavor, without creating anything.

    Returns
    -------
    dict of component type to settings
        As ZenML stores them.

    Raises
    ------
    ConfigError
        A flavor or one of its settings is unknown or wrong, or ZenML's own variables
        point at another stack.
    """
    if "ZENML_ACTIVE_STACK_ID" in os.environ:
        raise ConfigError(
            "ZENML_ACTIVE_STACK_ID is set and would override the stack file; unset it"
        )
    where = f"configs/stacks/{stack.name}.yaml: components"
    return {
        kind: _checked(kind, component, f"{where}.{kind}")
        for kind, component in stack.components.items()
    }


def apply_stack(stack: StackFile, *, root: Path) -> list[Change]:
    """Create or change the stack's parts in ZenML and make it this repository's own.

    Applying twice changes nothing. Parts of other names, and the stack that is
    active elsewhere on this machine, are never touched.

    Raises
    ------
    ConfigError
        The stack does not pass ``check_stack``, another project holds the name of
        one of our flavors, or a folder cannot be written.
    """
    settings = check_stack(stack)
    client = _client_of(root)
    ours = [key for key in _flavors_of(stack) if key in FLAVORS]
    changes = [_apply_flavor(client, kind, flavor) for kind, flavor in ours]
    applied = [
        _apply_component(client, stack, kind, configuration)
        for kind, configuration in settings.items()
    ]
    parts = {part.type: part.id for _, part in applied}
    return [
        *changes,
        *(change for change, _ in applied),
        _apply_composition(client, stack, parts),
        _activate(client, stack),
    ]


def _flavors_of(stack: StackFile) -> list[tuple[str, str]]:
    return [(kind, component.flavor) for kind, component in stack.components.items()]


def _client_of(root: Path) -> "Client":
    """Return ZenML's client, set to the repository at `root`.

    The folder `.zen` there holds which stack is active; without it ZenML would write
    that into the configuration shared by all projects of this machine.
    """
    from zenml.client import Client
    from zenml.utils import source_utils

    try:
        if not Client.is_repository_directory(root):
            Client.initialize(root)
        if Client().root != root.resolve():
            Client().activate_root(root)
    except OSError as error:
        raise ConfigError(
            f"{root / '.zen'}: must be a folder that can be written, to hold which "
            f"stack is active here: {error.strerror}"
        ) from error
    # A command started in another folder still finds the steps and flavors.
    source_utils.set_custom_source_root(str(Path(__file__).resolve().parents[1]))
    return Client()


def _apply_flavor(client: "Client", kind: str, name: str) -> Change:
    from zenml.enums import StackComponentType

    source = FLAVORS[kind, name]
    try:
        found = client.get_flavor_by_name_and_type(name, StackComponentType(kind))
    except KeyError:
        client.create_flavor(source, StackComponentType(kind))
        return Change(f"{kind} flavor", name, "created")
    if found.source != source:
        raise ConfigError(
            f"another project gave ZenML a flavor {name!r} ({found.source}); remove it "
            f"there or run with another ZENML_CONFIG_PATH"
        )
    return Change(f"{kind} flavor", name, "left")


def _checked(kind: str, component: Component, where: str) -> dict[str, Any]:
    """Return the component's settings as ZenML stores them, or say what is wrong."""
    given = component.configuration
    try:
        config_class = _flavor(kind, component.flavor, where).config_class
        check_keys(
            given, config_class.model_fields, f"{where}.configuration", elsewhere={}
        )
        valid = config_class(**given)
        if not valid.is_valid:
            raise ValueError("these settings do not make a whole")  # noqa: TRY301
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{where} ({component.flavor}): {_problem(error)}") from error
    return valid.model_dump(mode="json", exclude_unset=True)


def _problem(error: Exception) -> str:
    """Say in one line what is wrong; never the values, which may be passwords."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return " ".join(str(error).split())
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(": ".join([*map(str, e["loc"]), e["msg"]]) for e in found)


def _flavor(kind: str, name: str, where: str) -> "Flavor":
    """A flavor by name: ours, or one that ZenML brings."""
    if (kind, name) in FLAVORS:
        module, _, of = FLAVORS[kind, name].rpartition(".")
        ours: Flavor = getattr(importlib.import_module(module), of)()
        return ours
    brought = _brought_flavors()
    if (kind, name) not in brought:
        known = [of for held, of in (*brought, *FLAVORS) if held == kind]
        raise ConfigError(
            f"{where}: unknown flavor {name!r}; {suggestion(name, known)}"
        )
    return brought[kind, name]


@cache
def _brought_flavors() -> dict[tuple[str, str], "Flavor"]:
    """ZenML's own flavors, from its code: its database need not exist yet."""
    from zenml.stack.flavor_registry import FlavorRegistry

    registry = FlavorRegistry()
    flavors = [of() for of in registry.builtin_flavors + registry.integration_flavors]
    return {(flavor.type.value, flavor.name): flavor for flavor in flavors}


def _apply_component(
    client: "Client", stack: StackFile, kind: str, configuration: dict[str, Any]
) -> tuple[Change, "ComponentResponse"]:
    from zenml.enums import StackComponentType

    name, kind_ = stack.component_name(kind), StackComponentType(kind)
    found = client.list_stack_components(name=name, type=kind, hydrate=True).items
    if not found:
        flavor = stack.components[kind].flavor
        created = client.create_stack_component(name, flavor, kind_, configuration)
        return Change(kind, name, "created"), created
    present = found[0].configuration
    if present == configuration:
        return Change(kind, name, "left"), found[0]
    dropped = dict.fromkeys(present.keys() - configuration.keys())
    changed = client.update_stack_component(
        name, kind_, configuration=configuration | dropped
    )
    return Change(kind, name, "changed"), changed


def _apply_composition(
    client: "Client", stack: StackFile, parts: dict["StackComponentType", "UUID"]
) -> Change:
    """Put the components together, with the stores' addresses as environment."""
    name = stack.zenml_name
    found = client.list_stacks(name=name, hydrate=True).items
    if not found:
        client.create_stack(name, parts)
        client.update_stack(name, environment=stack.environment)
        return Change("stack", name, "created")
    present = {kind: held[0].id for kind, held in found[0].components.items()}
    environment = found[0].environment
    if present == parts and environment == stack.environment:
        return Change("stack", name, "left")
    removed: dict[StackComponentType, list[UUID]] = {
        kind: [] for kind in present.keys() - parts.keys()
    }
    dropped = dict.fromkeys(environment.keys() - stack.environment.keys())
    client.update_stack(
        name,
        component_updates={**parts, **removed},
        environment=stack.environment | dropped,
    )
    return Change("stack", name, "changed")


def _activate(client: "Client", stack: StackFile) -> Change:
    name = stack.zenml_name
    if client.active_stack_model.name == name:
        return Change("active stack", name, "left")
    client.activate_stack(name)
    return Change("active stack", name, "changed")
