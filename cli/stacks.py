"""Making ZenML's stack agree with a stack file, for this repository alone."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from churn.errors import ConfigError
from cli.stack_file import Component, StackFile
from cli.strict import check_keys

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client
    from zenml.enums import StackComponentType
    from zenml.models import ComponentResponse, FlavorResponse

# Our flavors by component type and name; ZenML imports one where a stack uses it.
FLAVORS = {
    ("alerter", "holdfast_file"): "flavors.alerter.flavor.FileAlerterFlavor",
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


def apply_stack(stack: StackFile, *, root: Path) -> list[Change]:
    """Create or change the stack's parts in ZenML and make it this repository's own.

    Applying twice changes nothing. Parts of other names, and the stack that is
    active elsewhere on this machine, are never touched. Every component is checked
    against its flavor before the first one is written.

    Raises
    ------
    ConfigError
        A flavor or one of its settings is unknown or wrong, ZenML's own variables
        point at another stack, or a folder cannot be written.
    """
    client = _client_of(root)
    ours = [key for key in _flavors_of(stack) if key in FLAVORS]
    changes = [_apply_flavor(client, kind, flavor) for kind, flavor in ours]
    settings = {
        kind: _checked(client, kind, component)
        for kind, component in stack.components.items()
    }
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
    if "ZENML_ACTIVE_STACK_ID" in os.environ:
        raise ConfigError(
            "ZENML_ACTIVE_STACK_ID is set and would override the stack file; unset it"
        )
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


def _checked(client: "Client", kind: str, component: Component) -> dict[str, Any]:
    """Return the component's settings as ZenML stores them, or say what is wrong."""
    from zenml.enums import StackComponentType
    from zenml.stack.flavor import Flavor
    from zenml.stack.utils import validate_stack_component_config

    where = f"components.{kind}"
    model = _flavor(client, kind, component.flavor)
    given = component.configuration
    try:
        fields = Flavor.from_model(model).config_class.model_fields
        check_keys(given, fields, f"{where}.configuration", elsewhere={})
        valid = validate_stack_component_config(given, model, StackComponentType(kind))
    except (ImportError, ValueError) as error:
        raise ConfigError(f"{where} ({component.flavor}): {_problem(error)}") from error
    # None would mean "not validated", which was not allowed.
    return valid.model_dump(mode="json", exclude_unset=True) if valid else {}


def _problem(error: Exception) -> str:
    """Say in one line what is wrong; never the values, which may be passwords."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return " ".join(str(error).split())
    found = error.errors(include_input=False, include_url=False)
    return "; ".join(": ".join([*map(str, e["loc"]), e["msg"]]) for e in found)


def _flavor(client: "Client", kind: str, name: str) -> "FlavorResponse":
    from zenml.enums import StackComponentType

    kind_ = StackComponentType(kind)
    try:
        return client.get_flavor_by_name_and_type(name, kind_)
    except KeyError:
        known = [flavor.name for flavor in client.get_flavors_by_type(kind_)]
        check_keys([name], known, f"components.{kind}.flavor", elsewhere={})
        raise


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
