"""What a pipeline asks of whoever runs model servers, and what it learns from them.

One interface for a process on this machine and for a cluster: a step takes the stack's
model deployer as a ``Deployer`` and knows neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from churn.errors import HoldfastError
from churn.scoring.release import Release

Condition = Literal["absent", "written", "starting", "ready", "failing"]

SERVER_VARIABLES = (
    "HOLDFAST_ONLINE_URL",
    "HOLDFAST_PREDICTIONS_URL",
    "HOLDFAST_TRUSTED_KEYS",
)


class DeploymentError(HoldfastError):
    """A server does not get ready, or cannot be ended."""


@dataclass(frozen=True)
class Deployment:
    """A server to run: one that follows the release of one model, whatever comes.

    Parameters
    ----------
    model : str
        The registered model.
    releases_url : str
        The folder or bucket in which the server finds the release and later ones.
    release : Release or None
        What is to be served now, where the caller knows it; later ones reach the
        server without a deployment.
    variables : mapping of name to value
        Where the server finds the stores: the ``HOLDFAST_*`` variables of the stack
        that are meant for servers.
    """

    model: str
    releases_url: str
    release: Release | None
    variables: Mapping[str, str]


def for_servers(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of a stack that a server gets to know; never the ledger or a key.

    >>> for_servers({"HOLDFAST_ONLINE_URL": "redis://r", "HOLDFAST_LEDGER_URL": "x"})
    {'HOLDFAST_ONLINE_URL': 'redis://r'}
    """
    return {name: variables[name] for name in SERVER_VARIABLES if name in variables}


@dataclass(frozen=True)
class ServerState:
    """What is known of the server of one model.

    Parameters
    ----------
    model : str
    condition : str
        ``absent``: there is none, or it was stopped; ``written``: described in files
        only, for a person to apply; ``starting``: not ready yet, or not again;
        ``ready``: it answers; ``failing``: it will not get ready by itself.
    url : str or None
        Where it is reached, without a slash at the end: ``{url}/predict``. None
        where there is nothing to reach.
    reason : str
        Why it is not ready, or where the files are; empty when ready.
    """

    model: str
    condition: Condition
    url: str | None
    reason: str


@runtime_checkable
class Deployer(Protocol):
    """Runs one server for each model, at an address that stays the same."""

    def deploy(self, deployment: Deployment) -> ServerState:
        """See that a server of today's program follows the release, and is ready.

        Repeating it changes nothing. Where one runs already it goes on answering
        until its replacement does, and for good if the replacement never gets ready.

        Raises
        ------
        DeploymentError
            If no server gets ready; what ran before still runs.
        """

    def state(self, model: str) -> ServerState:
        """What is known of the model's server at this moment."""

    def stop(self, model: str) -> None:
        """End the model's server; once this returns, nothing of it runs.

        Raises
        ------
        DeploymentError
            If it cannot be ended.
        """
