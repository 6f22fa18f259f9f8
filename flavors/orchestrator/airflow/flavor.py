"""Airflow as ZenML lists it; the code comes when used."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field
from zenml.integrations.airflow.flavors.airflow_orchestrator_flavor import (
    AirflowOrchestratorConfig,
    AirflowOrchestratorFlavor,
)

if TYPE_CHECKING:
    from flavors.orchestrator.airflow.orchestrator import AirflowOrchestrator


class AirflowConfig(AirflowOrchestratorConfig):
    """Airflow's settings, and how its tasks find their way to ZenML."""

    local: Literal[False] = Field(
        default=False, description="Airflow is a server of its own."
    )
    zenml_connection: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="Connection in Airflow whose password is the API key of a service "
        "account of ZenML.",
    )


class AirflowFlavor(AirflowOrchestratorFlavor):
    """Writes pipelines as DAGs for Airflow; no credential of ZenML is in them."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_airflow"

    @property
    def config_class(self) -> type[AirflowConfig]:
        """The settings this flavor takes."""
        return AirflowConfig

    @property
    def implementation_class(self) -> "type[AirflowOrchestrator]":
        """The component itself, imported on first use."""
        from flavors.orchestrator.airflow.orchestrator import AirflowOrchestrator

        return AirflowOrchestrator
