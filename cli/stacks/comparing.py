"""What would have to change for ZenML to agree with a stack file. Changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from churn.errors import ConfigError
from cli.stacks.file import StackFile
from cli.stacks.flavors import FLAVORS
from cli.stacks.held import Held
from cli.stacks.sensitive import SENSITIVE, holds_password

if TYPE_CHECKING:
    from uuid import UUID

Action = Literal["created", "changed", "left", "removed"]
HIDDEN = "(not shown)"


@dataclass(frozen=True)
class Change:
    """What becomes, or became, of one part of ZenML's stack.

    `details` says of a changed part what of it, a line each.
    """

    component: str
    name: str
    action: Action
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The change as a line for a person."""
        return f"{self.action:<7} {self.component}: {self.name}"


@dataclass(frozen=True)
class Wanted:
    """The stack as its file wants it: checked settings, and the ids of its secrets."""

    file: StackFile
    settings: dict[str, dict[str, Any]]
    secrets: dict[str, "UUID"]

    @property
    def flavors(self) -> list[tuple[str, str]]:
        """Component type and name of the flavors of ours that it uses."""
        used = [(kind, of.flavor) for kind, of in self.file.components.items()]
        return [key for key in used if key in FLAVORS]


def compare(wanted: Wanted, held: Held) -> list[Change]:
    """Every part with what must become of it, in the order in which it is done.

    Raises
    ------
    ConfigError
        If another project holds the name of one of our flavors.
    """
    file = wanted.file
    return [
        *(_flavor(key, held) for key in wanted.flavors),
        *(
            component_change(kind, file, wanted.settings[kind], held)
            for kind in file.components
        ),
        stack_change(wanted, held),
    ]


def _flavor(key: tuple[str, str], held: Held) -> Change:
    kind, name = key
    if key not in held.flavors:
        return Change(f"{kind} flavor", name, "created")
    if held.flavors[key] != FLAVORS[key]:
        raise ConfigError(
            f"another project gave ZenML a flavor {name!r} ({held.flavors[key]}); "
            f"remove it there or run with another ZENML_CONFIG_PATH"
        )
    return Change(f"{kind} flavor", name, "left")


def component_change(
    kind: str, file: StackFile, settings: Mapping[str, Any], held: Held
) -> Change:
    """What must become of one component."""
    name = file.component_name(kind)
    present = held.components.get((kind, name))
    if present is None:
        return Change(kind, name, "created")
    told = differences(present.configuration, settings)
    return Change(kind, name, "changed" if told else "left", told)


def stack_change(wanted: Wanted, held: Held) -> Change:
    """What must become of the stack itself: its parts, variables and secrets."""
    file, present = wanted.file, held.stack
    if present is None:
        return Change("stack", file.zenml_name, "created")
    parts = {kind: file.component_name(kind) for kind in file.components}
    names = {one.id: one.name for one in held.components.values()}
    before = {kind: names.get(id_, str(id_)) for kind, id_ in present.parts.items()}
    secrets = {id_: name for name, id_ in wanted.secrets.items()}
    told = (
        *differences(before, parts),
        *differences(present.environment, file.environment),
        *(f"secret {name}: added" for id_, name in secrets.items()
          if id_ not in present.secrets),
        *("another secret: removed" for id_ in present.secrets - secrets.keys()),
    )  # fmt: skip
    return Change("stack", file.zenml_name, "changed" if told else "left", told)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """One line for each key that is not the same in both."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return tuple(f"{key}: {_shown(key, before)} → {_shown(key, after)}" for key in keys)


def _shown(key: str, values: Mapping[str, Any]) -> str:
    """A value as a person may see it, who may not be the one who wrote it."""
    value = values.get(key)
    if value is None:
        return "nothing"
    is_reference = str(value).startswith("{{")
    if not is_reference and (
        SENSITIVE.search(key.upper()) or holds_password(str(value))
    ):
        return HIDDEN
    return str(value)
