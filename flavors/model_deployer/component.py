"""What our deployers have in common: one server a model, replaced in place.

ZenML's own ``deploy_model`` may return another model's server, and deletes the old one
before a new one exists; its ``find_model_server`` compares less than it is asked to.
So none of the three is inherited. Servers are known by model and deployer alone.
"""

from abc import abstractmethod
from typing import Any, cast
from uuid import UUID

from zenml.model_deployers.base_model_deployer import (
    DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
    BaseModelDeployer,
)
from zenml.models.v2.misc.service import ServiceType
from zenml.services import BaseService, ServiceConfig, ServiceState

from churn.deployment import Deployer, Deployment, DeploymentError, ServerState
from flavors.model_deployer.listing import agrees, listed, put, said, tell
from flavors.model_deployer.service import (
    SERVICE_TYPE,
    ReleaseService,
    ReleaseServiceConfig,
)

ACTIVE = ServiceState.ACTIVE


class ReleaseDeployer(BaseModelDeployer):
    """A ``churn.deployment.Deployer`` that ZenML lists and commands too."""

    @property
    @abstractmethod
    def servers(self) -> Deployer:
        """Who really runs the servers."""

    @abstractmethod
    def log_lines(self, model: str) -> list[str]:
        """What the model's server said."""

    def deploy(self, deployment: Deployment) -> ServerState:
        """See that a server follows the release, and that ZenML lists it."""
        state = self.servers.deploy(deployment)
        put(self._config_of(deployment), state)
        return state

    def state(self, model: str) -> ServerState:
        """What is known of the model's server at this moment."""
        return self.servers.state(model)

    def stop(self, model: str) -> None:
        """End the model's server; once this returns, nothing of it runs."""
        self.servers.stop(model)
        for service in listed(str(self.id), model):
            tell(service, self.state(model))

    def deploy_model(
        self,
        config: ServiceConfig,
        service_type: ServiceType,
        replace: bool = False,  # noqa: FBT001, FBT002
        continuous_deployment_mode: bool = False,  # noqa: FBT001, FBT002
        timeout: int = DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
    ) -> BaseService:
        """Deploy as ``deploy`` does, for callers of ZenML's interface.

        There is one server a model, always replaced in place: the flags change
        nothing, and the flavor's settings say how long to wait.
        """
        wanted = _ours(config).deployment
        return put(self._config_of(wanted), self.servers.deploy(wanted))

    def perform_deploy_model(
        self,
        id: UUID,  # noqa: A002
        config: ServiceConfig,
        timeout: int = DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
    ) -> BaseService:
        """Deploy for a service that is listed already."""
        service = ReleaseService(uuid=id, config=_ours(config))
        return self.perform_start_model(service, timeout)

    def perform_start_model(
        self,
        service: BaseService,
        timeout: int = DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
    ) -> BaseService:
        """Start a listed server again."""
        return said(service, self.servers.deploy(_ours(service.config).deployment))

    def perform_stop_model(
        self,
        service: BaseService,
        timeout: int = DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
        force: bool = False,  # noqa: FBT001, FBT002
    ) -> BaseService:
        """End a listed server; it stays listed."""
        model = _ours(service.config).model_name
        self.servers.stop(model)
        return said(service, self.state(model))

    def perform_delete_model(
        self,
        service: BaseService,
        timeout: int = DEFAULT_DEPLOYMENT_START_STOP_TIMEOUT,
        force: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """End a listed server for good."""
        self.perform_stop_model(service, timeout, force)

    @staticmethod
    def get_model_server_info(service: BaseService) -> dict[str, str | None]:
        """What `zenml model-deployer models describe` shows."""
        ours = cast("ReleaseService", service)
        return {
            "PREDICTION_URL": ours.prediction_url,
            "MODEL": ours.config.model_name,
            "RELEASES_URL": ours.config.releases_url,
        }

    def find_model_server(  # noqa: PLR0913 (ZenML's signature)
        self,
        config: dict[str, Any] | None = None,
        running: bool | None = None,  # noqa: FBT001
        service_uuid: UUID | None = None,
        pipeline_name: str | None = None,
        pipeline_step_name: str | None = None,
        service_name: str | None = None,
        model_name: str | None = None,
        model_version: str | None = None,
        service_type: ServiceType | None = None,
        type: str | None = None,  # noqa: A002
        flavor: str | None = None,
        pipeline_run_id: str | None = None,
    ) -> list[BaseService]:
        """The servers of this deployer that are exactly as asked, newest first."""
        named = {
            "pipeline_name": pipeline_name,
            "pipeline_step_name": pipeline_step_name,
            "service_name": service_name,
            "model_name": model_name,
            "model_version": model_version,
        }
        asked = (config or {}) | {n: v for n, v in named.items() if v is not None}
        kind = service_type or SERVICE_TYPE
        kinds = {(kind.type, kind.flavor), (type or kind.type, flavor or kind.flavor)}
        # Which run deployed it is not recorded: a server belongs to none.
        if kinds != {(SERVICE_TYPE.type, SERVICE_TYPE.flavor)} or pipeline_run_id:
            return []
        found = [
            service
            for service in listed(str(self.id))
            if service_uuid in (None, service.uuid) and agrees(service, asked)
        ]
        for service in found:
            service.update_status()
        # To ZenML, not having asked for running ones is asking for all.
        return [s for s in found if not running or s.status.state == ACTIVE]

    def _config_of(self, deployment: Deployment) -> ReleaseServiceConfig:
        return ReleaseServiceConfig(
            name=deployment.model,
            model_name=deployment.model,
            deployer=str(self.id),
            releases_url=deployment.releases_url,
            variables=dict(deployment.variables),
        )


def _ours(config: ServiceConfig) -> ReleaseServiceConfig:
    if not isinstance(config, ReleaseServiceConfig):
        raise DeploymentError(
            f"expected a ReleaseServiceConfig, found {type(config).__name__}; our "
            "servers follow a release, they are not given a model"
        )
    return config
