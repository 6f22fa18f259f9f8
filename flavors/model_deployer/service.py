"""A model's server as ZenML lists it; what it says comes from the server itself."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.models.v2.misc.service import ServiceType
from zenml.services import ServiceConfig, ServiceState, ServiceStatus
from zenml.services.service import BaseDeploymentService
from zenml.stack import StackComponent

from churn.deployment import Condition, Deployment

if TYPE_CHECKING:
    from flavors.model_deployer.component import ReleaseDeployer

STATES: dict[Condition, ServiceState] = {
    "absent": ServiceState.INACTIVE,
    "written": ServiceState.INACTIVE,
    "starting": ServiceState.PENDING_STARTUP,
    "ready": ServiceState.ACTIVE,
    "failing": ServiceState.ERROR,
}
SERVICE_TYPE = ServiceType(
    type="model-serving",
    flavor="holdfast",
    name="Holdfast model server",
    description="Follows the release of one model",
)


class ReleaseServiceConfig(ServiceConfig):
    """Which model's release is followed, by whose server."""

    deployer: str
    releases_url: str
    variables: dict[str, str]

    @property
    def deployment(self) -> Deployment:
        """What the deployer was asked for; today's release is not kept here."""
        return Deployment(self.model_name, self.releases_url, None, self.variables)


class ReleaseService(BaseDeploymentService):
    """The server of one model. Its state is asked for, never remembered."""

    SERVICE_TYPE: ClassVar[ServiceType] = SERVICE_TYPE
    config: ReleaseServiceConfig
    status: ServiceStatus = ServiceStatus()

    @property
    def prediction_url(self) -> str | None:
        """Where predictions are asked for."""
        url = self._deployer().state(self.config.model_name).url
        return None if url is None else f"{url}/predict"

    def check_status(self) -> tuple[ServiceState, str]:
        """Ask the deployer, who asks the server."""
        state = self._deployer().state(self.config.model_name)
        return STATES[state.condition], state.reason

    def provision(self) -> None:
        """Start the server."""
        self._deployer().deploy(self.config.deployment)

    def deprovision(self, force: bool = False) -> None:  # noqa: FBT001, FBT002
        """End the server."""
        self._deployer().stop(self.config.model_name)

    def get_logs(
        self,
        follow: bool = False,  # noqa: FBT001, FBT002
        tail: int | None = None,
    ) -> Generator[str, bool, None]:
        """What the server said, line by line."""
        lines = self._deployer().log_lines(self.config.model_name)
        yield from lines if tail is None else lines[-tail:]

    def _deployer(self) -> "ReleaseDeployer":
        found: Any = StackComponent.from_model(
            Client().get_stack_component(
                StackComponentType.MODEL_DEPLOYER, UUID(self.config.deployer)
            )
        )
        return found
