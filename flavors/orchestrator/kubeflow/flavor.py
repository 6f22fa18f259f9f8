"""Kubeflow as ZenML lists it; the code, which needs kfp, comes when used."""

from typing import TYPE_CHECKING

from pydantic import Field
from zenml.integrations.kubeflow.flavors.kubeflow_orchestrator_flavor import (
    KubeflowOrchestratorConfig,
    KubeflowOrchestratorFlavor,
)

if TYPE_CHECKING:
    from flavors.orchestrator.kubeflow.orchestrator import KubeflowOrchestrator


class KubeflowConfig(KubeflowOrchestratorConfig):
    """Kubeflow's settings, and where its pods find their way to ZenML."""

    zenml_secret: str = Field(
        description="Kubernetes secret in the namespace of the runs; its entry "
        "ZENML_STORE_API_KEY is the API key of a service account of ZenML.",
    )


class KubeflowFlavor(KubeflowOrchestratorFlavor):
    """Runs pipelines on Kubeflow; no credential of ZenML is in what it submits."""

    @property
    def name(self) -> str:
        """The flavor's name in a stack file."""
        return "holdfast_kubeflow"

    @property
    def config_class(self) -> type[KubeflowConfig]:
        """The settings this flavor takes."""
        return KubeflowConfig

    @property
    def implementation_class(self) -> "type[KubeflowOrchestrator]":
        """The component itself, imported on first use."""
        from flavors.orchestrator.kubeflow.orchestrator import KubeflowOrchestrator

        return KubeflowOrchestrator
