"""ZenML's Kubeflow orchestrator with three of its faults mended."""

from typing import TYPE_CHECKING, cast

from kfp import dsl, kubernetes
from zenml.config.resource_settings import ResourceSettings
from zenml.integrations.kubeflow.orchestrators import kubeflow_orchestrator as theirs
from zenml.orchestrators import SubmissionResult
from zenml.orchestrators.exceptions import PipelineSubmissionError

from flavors.orchestrator.kubeflow.flavor import KubeflowConfig

if TYPE_CHECKING:
    from zenml.models import PipelineSnapshotResponse

TOKEN, KEY = "ZENML_STORE_API_TOKEN", "ZENML_STORE_API_KEY"


class KubeflowOrchestrator(theirs.KubeflowOrchestrator):
    """Submits to Kubeflow: resources that it takes, no credential, no lost run."""

    @property
    def config(self) -> KubeflowConfig:
        """The settings of the stack file."""
        return cast("KubeflowConfig", self._config)

    def _configure_container_resources(
        self,
        dynamic_component: dsl.PipelineTask,
        resource_settings: ResourceSettings,
        node_selector_constraint: tuple[str, str] | None = None,
    ) -> dsl.PipelineTask:
        """Set limits as kfp takes them, and take the token out of the definition.

        ZenML calls this for each task when its variables are set. It would give kfp a
        number of gigabytes, where kfp takes text; and the token that it puts among
        the variables could be read by whoever may see a run's definition.
        """
        rest = resource_settings.model_copy(update={"memory": None})
        task = super()._configure_container_resources(
            dynamic_component, rest, node_selector_constraint
        )
        if resource_settings.memory is not None:
            task.set_memory_limit(resource_settings.memory.removesuffix("B"))
        task.container_spec.env.pop(TOKEN, None)
        return kubernetes.use_secret_as_env(task, self.config.zenml_secret, {KEY: KEY})

    def _upload_and_run_pipeline(
        self,
        snapshot: "PipelineSnapshotResponse",
        pipeline_file_path: str,
        run_name: str,
    ) -> SubmissionResult | None:
        """Submit, or fail: ZenML only logs that Kubeflow did not answer."""
        submitted = super()._upload_and_run_pipeline(
            snapshot, pipeline_file_path, run_name
        )
        settings = cast("KubeflowConfig", self.get_settings(snapshot))
        if submitted is None and settings.synchronous and not snapshot.schedule:
            raise PipelineSubmissionError(
                f"Kubeflow did not take the run {run_name}; the log says why"
            )
        return submitted
