"""ZenML's list of servers: one entry for each model of each deployer."""

from typing import Any, TypeVar, cast

from zenml.client import Client
from zenml.services import BaseService, ServiceState
from zenml.services.service import BaseDeploymentService

from churn.deployment import ServerState
from flavors.model_deployer.service import (
    SERVICE_TYPE,
    STATES,
    ReleaseService,
    ReleaseServiceConfig,
)

PAGE = 100
Service = TypeVar("Service", bound=BaseService)


def put(config: ReleaseServiceConfig, state: ServerState) -> ReleaseService:
    """Make the model's entry say this; it is made anew where the addresses changed."""
    client, before = Client(), listed(config.deployer, config.model_name)
    same = [service for service in before if service.config == config]
    if same:
        service = same[0]
    else:
        made = client.create_service(config=config, service_type=SERVICE_TYPE)
        service = ReleaseService(uuid=made.id, config=config)
    tell(service, state)
    for outdated in before:
        if outdated.uuid != service.uuid:
            client.delete_service(outdated.uuid)
    return service


def tell(service: ReleaseService, state: ServerState) -> None:
    """Write a server's state into its entry."""
    told = said(service, state)
    Client().update_service(
        id=told.uuid,
        name=told.config.service_name,
        service_source=told.model_dump()["type"],
        admin_state=told.admin_state,
        status=told.status.model_dump(),
        prediction_url=None if state.url is None else f"{state.url}/predict",
        health_check_url=None if state.url is None else f"{state.url}/health/ready",
    )


def said(service: Service, state: ServerState) -> Service:
    """The service with a server's state."""
    wanted = state.condition not in ("absent", "written")
    service.admin_state = ServiceState.ACTIVE if wanted else ServiceState.INACTIVE
    service.status.update_state(STATES[state.condition], state.reason)
    return service


def listed(deployer: str, model: str | None = None) -> list[ReleaseService]:
    """The entries of this very deployer, newest first; of one model, if named."""
    found = [service for service in _all() if service.config.deployer == deployer]
    return [s for s in found if model in (None, s.config.model_name)]


def agrees(service: ReleaseService, asked: dict[str, Any]) -> bool:
    """Whether everything that was asked for is so."""
    held = service.config.model_dump(mode="json")
    return all(str(held.get(name)) == str(value) for name, value in asked.items())


def _all() -> list[ReleaseService]:
    client, number = Client(), 1
    found: list[ReleaseService] = []
    while True:
        page = client.list_services(
            sort_by="desc:created",
            type=SERVICE_TYPE.type,
            flavor=SERVICE_TYPE.flavor,
            page=number,
            size=PAGE,
            hydrate=True,
        )
        # One without a source is being made by another run at this moment.
        made = [item for item in page.items if item.service_source]
        services = [BaseDeploymentService.from_model(item) for item in made]
        found += [cast("ReleaseService", service) for service in services]
        if number >= page.total_pages:
            return found
        number += 1
