"""Making ZenML's stack agree with a stack file, for this repository alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from churn.errors import ConfigError
from cli.stacks.checking import check_stack
from cli.stacks.client import client_at, errors_in_one_line
from cli.stacks.comparing import Change, Wanted, compare
from cli.stacks.file import StackFile
from cli.stacks.flavors import FLAVORS
from cli.stacks.held import Held, held
from cli.stacks.locking import alone
from cli.stacks.secrets import secret_ids
from cli.stacks.usage import check_unused
from cli.stacks.writing import Writer

if TYPE_CHECKING:
    from zenml.client import Client

__all__ = ["FLAVORS", "Change", "apply_stack", "check_stack", "compare_stack"]


def apply_stack(
    stack: StackFile, *, root: Path, is_forced: bool = False
) -> list[Change]:
    """Create or change the stack's parts in ZenML and make it this repository's own.

    Applying twice changes nothing. Parts of other names, and the stack that is
    active elsewhere on this machine, are never touched. Everything is checked before
    the first write, and what was written is undone if a later part cannot be.

    Raises
    ------
    ConfigError
        The stack does not pass ``check_stack``, a secret is missing, another project
        holds the name of one of our flavors, somebody else applies other settings at
        this moment, a folder cannot be written, or runs are going on in a stack that
        would change (unless `is_forced`).
    StackError
        ZenML's server refused, or is gone.
    """
    with errors_in_one_line():
        wanted, client = _wanted(stack, root)
        before = held(client, stack.zenml_name)
        changes = compare(wanted, before)
        if any(change.action != "left" for change in changes):
            with alone(client, stack.zenml_name):
                changes = write_since(client, wanted, before, is_forced=is_forced)
        return [*changes, _activate(client, stack)]


def compare_stack(stack: StackFile, *, root: Path) -> list[Change]:
    """What ``apply_stack`` would do, without doing it.

    Raises
    ------
    ConfigError
        As ``apply_stack``, as far as it can be known without writing.
    """
    with errors_in_one_line():
        wanted, client = _wanted(stack, root)
        return compare(wanted, held(client, stack.zenml_name))


def _wanted(stack: StackFile, root: Path) -> "tuple[Wanted, Client]":
    settings = check_stack(stack)
    client = client_at(root, stack)
    return Wanted(stack, settings, secret_ids(client, stack)), client


def write_since(
    client: "Client", wanted: Wanted, before: Held, *, is_forced: bool
) -> list[Change]:
    """Write all that is wanted or nothing, unless somebody wrote since `before`.

    Nobody else may be writing.
    """
    name = wanted.file.zenml_name
    present = held(client, name)
    changes = compare(wanted, present)
    if all(change.action == "left" for change in changes):
        return changes
    if present != before:
        raise ConfigError(
            f"{name}: somebody else applied other settings at the same time; theirs "
            f"stand, nothing of yours was written; see what they are with "
            f"`python run.py stacks diff {wanted.file.name}`"
        )
    if present.stack is not None and not is_forced:
        check_unused(client, present.stack.id, wanted.file, "apply")
    with Writer(client, wanted, present) as writer:
        for change in changes:
            writer.write(change)
    return changes


def _activate(client: "Client", stack: StackFile) -> Change:
    name = stack.zenml_name
    if client.active_stack_model.name == name:
        return Change("active stack", name, "left")
    client.activate_stack(name)
    return Change("active stack", name, "changed")
