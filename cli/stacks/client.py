"""ZenML's client, connected to where a stack lives."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from churn.errors import ConfigError, HoldfastError

if TYPE_CHECKING:
    from zenml.client import Client

    from cli.stacks.file import StackFile

ANSWER_SECONDS = 5.0
MOST_CHARACTERS = 300
CHECKOUT = Path(__file__).resolve().parents[2]


class StackError(HoldfastError):
    """ZenML gave up in the middle of what was asked of it."""


@contextmanager
def zenml_is_quiet() -> Iterator[None]:
    """What it says of itself is nobody's concern here, and must not get into JSON."""
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """What ZenML's client raises when its server is gone, or refuses, as ours."""
    from zenml.exceptions import ZenMLBaseException

    try:
        yield
    except (KeyError, OSError, RuntimeError, ValueError, ZenMLBaseException) as error:
        told = " ".join(str(error).split())[:MOST_CHARACTERS]
        raise StackError(
            f"ZenML: {told}; look at its server, then repeat the command"
        ) from None


def connected_client(stack: "StackFile") -> "Client":
    """ZenML's client, once it is the stack's server that it is connected to.

    Looked at first, since a server that is away keeps ZenML waiting for minutes.

    Raises
    ------
    ConfigError
        If it is another server, or it does not answer or let us in.
    """
    from zenml.client import Client

    if stack.server is not None:
        _check_server(stack)
    return Client()


def client_at(root: Path, stack: "StackFile") -> "Client":
    """The same, set to the repository at `root`.

    The folder `.zen` there holds which stack is active; without it ZenML would write
    that into the configuration shared by all projects of this machine.

    Raises
    ------
    ConfigError
        Also if that folder cannot be written.
    """
    from zenml.client import Client
    from zenml.utils import source_utils

    connected_client(stack)
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
    source_utils.set_custom_source_root(str(CHECKOUT))
    return Client()


def _check_server(stack: "StackFile") -> None:
    import requests
    from zenml.config.global_config import GlobalConfiguration

    where = f"configs/stacks/{stack.name}.yaml: server"
    server = (stack.server or "").rstrip("/")
    found = GlobalConfiguration().store_configuration
    if found.url.rstrip("/") != server:
        other = found.url if found.type == "rest" else "a database of this machine"
        raise ConfigError(
            f"{where}: the stack lives in {server}, ZenML is connected to {other}; "
            f"`zenml login {server}`, or set ZENML_STORE_URL and ZENML_STORE_API_KEY"
        )
    try:
        requests.get(f"{server}/health", timeout=ANSWER_SECONDS)
    except requests.RequestException as error:
        raise ConfigError(
            f"{where}: {server} does not answer ({type(error).__name__}); start it, or "
            "correct the address"
        ) from None
