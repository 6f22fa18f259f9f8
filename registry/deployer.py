"""The model deployer of the stack, for steps that know neither kind."""

from zenml.client import Client

from churn.deployment import Deployer
from churn.errors import ConfigError


def deployer() -> Deployer | None:
    """The active stack's deployer; None where nobody runs servers.

    Raises
    ------
    ConfigError
        If the stack's deployer follows no release.
    """
    component = Client().active_stack.model_deployer
    if component is None:
        return None
    if not isinstance(component, Deployer):
        raise ConfigError(
            "components.model_deployer: expected flavor holdfast_local, "
            f"holdfast_seldon or holdfast_server, found {component.flavor}"
        )
    return component
