"""The variables of a stack: its stores, its own, and those of its ZenML secrets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from churn.errors import ConfigError
from cli.stacks.file import StackFile
from cli.stacks.sensitive import references

if TYPE_CHECKING:
    from uuid import UUID

    from zenml.client import Client
    from zenml.models import SecretResponse


def environment_of(stack: StackFile, environ: Mapping[str, str]) -> dict[str, str]:
    """What a command needs to open the stack's stores, as a step would.

    A variable of this process wins over a secret; the file's addresses win over both,
    since a command is about that stack. ZenML is asked only where there are secrets.

    Raises
    ------
    ConfigError
        If ZenML has no such secret, or cannot be asked.
    """
    told = secret_values(stack) if stack.secrets else {}
    return {**told, **environ, **stack.environment}


def secret_values(stack: StackFile) -> dict[str, str]:
    """The keys of the stack's secrets with their values; later secrets win.

    Raises
    ------
    ConfigError
        If ZenML has no such secret, or is connected elsewhere.
    StackError
        If its server does not let us in.
    """
    from cli.stacks.client import connected_client, errors_in_one_line

    values: dict[str, str] = {}
    with errors_in_one_line():
        client = connected_client(stack)
        for name in stack.secrets:
            values |= _secret(client, stack, name).secret_values
    return values


def secret_ids(client: "Client", stack: StackFile) -> "dict[str, UUID]":
    """The stack's secrets, once all that the file refers to is there.

    Raises
    ------
    ConfigError
        If ZenML has no such secret, or it lacks a key.
    """
    needed: dict[str, set[str]] = {name: set() for name in stack.secrets}
    for part in stack.components.values():
        for name, key in references(part.configuration):
            needed.setdefault(name, set()).add(key)
    found = {name: _secret(client, stack, name) for name in needed}
    for name, keys in needed.items():
        absent = sorted(keys - found[name].secret_values.keys())
        if absent:
            raise ConfigError(
                f"configs/stacks/{stack.name}.yaml: components: the secret {name!r} "
                f"lacks {', '.join(absent)}; add what is missing: "
                f"zenml secret update {name} --values=@FILE.yaml"
            )
    return {name: found[name].id for name in stack.secrets}


def _secret(client: "Client", stack: StackFile, name: str) -> "SecretResponse":
    try:
        return client.get_secret(
            name, allow_partial_name_match=False, allow_partial_id_match=False
        )
    except KeyError:
        raise ConfigError(
            f"configs/stacks/{stack.name}.yaml: ZenML has no secret {name!r}; write "
            f"its keys into a file and make it: "
            f"zenml secret create {name} --values=@FILE.yaml"
        ) from None
