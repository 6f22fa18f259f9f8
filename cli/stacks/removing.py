"""Taking out of ZenML what applying a stack file put there, and nothing else."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from churn.errors import ConfigError
from cli.stacks.client import client_at, errors_in_one_line
from cli.stacks.comparing import Change
from cli.stacks.file import StackFile
from cli.stacks.flavors import FLAVORS
from cli.stacks.held import Held, held
from cli.stacks.locking import alone
from cli.stacks.usage import check_unused

if TYPE_CHECKING:
    from zenml.client import Client

DEFAULT = "default"


def remove_stack(
    stack: StackFile, *, root: Path, is_forced: bool = False
) -> list[Change]:
    """Remove the stack, its components, and flavors of ours that nothing else uses.

    Where it is this repository's active one, ZenML's default becomes active. The
    secrets, which apply did not make, stay; so do stores, artifacts and runs.

    Raises
    ------
    ConfigError
        Runs are going on in it (unless `is_forced`), or another stack or ZenML's own
        configuration uses it.
    """
    with errors_in_one_line():
        client = client_at(root, stack)
        with alone(client, stack.zenml_name):
            present = held(client, stack.zenml_name)
            if present.stack is not None and not is_forced:
                check_unused(client, present.stack.id, stack, "remove")
            _check_unshared(client, present)
            return _removed(client, stack.zenml_name, present)


def _check_unshared(client: "Client", present: Held) -> None:
    """Find what ZenML would refuse, before the first part is gone."""
    own = None if present.stack is None else present.stack.id
    for one in present.components.values():
        users = client.list_stacks(component_id=one.id).items
        others = [user.name for user in users if user.id != own]
        if others:
            raise ConfigError(
                f"the stack {others[0]} uses {one.name}; remove that stack, or take "
                "the component out of it, first"
            )


def _removed(client: "Client", name: str, present: Held) -> list[Change]:
    changes = []
    if present.stack is not None:
        if client.active_stack_model.id == present.stack.id:
            client.activate_stack(DEFAULT)
            changes.append(Change("active stack", DEFAULT, "changed"))
        try:
            client.delete_stack(present.stack.id)
        except ValueError:
            raise ConfigError(
                f"{name} is active in ZenML's own configuration on this machine; "
                "`zenml stack set default` there, then remove it"
            ) from None
        changes.append(Change("stack", name, "removed"))
    for one in present.components.values():
        client.zen_store.delete_stack_component(one.id)
        changes.append(Change(one.kind, one.name, "removed"))
    return [*changes, *_flavors_removed(client, present)]


def _flavors_removed(client: "Client", present: Held) -> list[Change]:
    """Remove the flavors of ours that no component has any more."""
    from zenml.enums import StackComponentType
    from zenml.exceptions import IllegalOperationError

    changes = []
    for (kind, name), source in present.flavors.items():
        used = client.list_stack_components(type=kind, flavor=name, size=1).total
        if used or source != FLAVORS[kind, name]:
            continue
        # Somebody may have taken it out, or into use, at this moment.
        with suppress(KeyError, IllegalOperationError):
            found = client.get_flavor_by_name_and_type(name, StackComponentType(kind))
            client.zen_store.delete_flavor(found.id)
            changes.append(Change(f"{kind} flavor", name, "removed"))
    return changes
