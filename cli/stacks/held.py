"""What ZenML holds of a stack at this moment."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.stacks.flavors import FLAVORS

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client

MOST_PARTS = 200


@dataclass(frozen=True)
class HeldComponent:
    """A component of ours, by what it is made of."""

    id: "UUID"
    kind: str
    name: str
    flavor: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class HeldStack:
    """The stack that puts components together, by their ids."""

    id: "UUID"
    parts: dict[str, "UUID"]
    environment: dict[str, str]
    secrets: frozenset["UUID"]


@dataclass(frozen=True)
class Held:
    """All of one stack: two readings are equal when nothing changed in between.

    `flavors` maps component type and name of ours to where their code is.
    """

    flavors: dict[tuple[str, str], str]
    components: dict[tuple[str, str], HeldComponent]
    stack: HeldStack | None


def held(client: "Client", name: str) -> Held:
    """Read the stack of this name, and every component that is named after it."""
    return Held(
        flavors=_flavors(client),
        components={(one.kind, one.name): one for one in _components(client, name)},
        stack=_stack(client, name),
    )


def _flavors(client: "Client") -> dict[tuple[str, str], str]:
    from zenml.enums import StackComponentType

    found = {}
    for kind, name in FLAVORS:
        try:
            flavor = client.get_flavor_by_name_and_type(name, StackComponentType(kind))
        except KeyError:
            continue
        found[kind, name] = flavor.source
    return found


def _components(client: "Client", name: str) -> list[HeldComponent]:
    """Those named `<stack>-<their own flavor>`: `a` must not take those of `a-b`."""
    page = client.list_stack_components(
        name=f"startswith:{name}-", size=MOST_PARTS, hydrate=True
    )
    return [
        HeldComponent(
            one.id, one.type.value, one.name, one.flavor_name, one.configuration
        )
        for one in page.items
        if one.name == f"{name}-{one.flavor_name}"
    ]


def _stack(client: "Client", name: str) -> HeldStack | None:
    found = client.list_stacks(name=name, hydrate=True).items
    if not found:
        return None
    parts = {kind.value: of[0].id for kind, of in found[0].components.items() if of}
    return HeldStack(
        found[0].id, parts, dict(found[0].environment), frozenset(found[0].secrets)
    )
