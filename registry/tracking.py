"""What a run tells MLflow, where its stack has MLflow; elsewhere nothing.

MLflow is imported only when a step has a tracker.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zenml import get_step_context

from registry.event import Event
from registry.mlflow_registry import find_version, mirror_registry, mlflow_heads
from registry.verify import Head

if TYPE_CHECKING:
    from mlflow.models import ModelSignature

MAX_PARAM_CHARACTERS = 500


class Tracker:
    """Where a step reports parameters, figures and files; this one to nobody."""

    def params(self, params: Mapping[str, Any]) -> None:
        """Record settings."""

    def metrics(self, metrics: Mapping[str, float]) -> None:
        """Record figures."""

    def trial(
        self, name: str, params: Mapping[str, Any], metrics: Mapping[str, float]
    ) -> None:
        """Record one trial of a search as a run within the run."""

    def text(self, content: str, name: str) -> None:
        """Attach a text file."""

    def register(
        self,
        graph: bytes,
        features: Sequence[Mapping[str, Any]],
        model: str,
        tags: Mapping[str, str],
    ) -> None:
        """Register an ONNX graph as a new version of the model, once."""

    def mirror(
        self,
        model: str,  # noqa: ARG002 (nobody is told)
        events: tuple[Event, ...],  # noqa: ARG002
    ) -> tuple[str, ...]:
        """Make the model registry agree with the ledger; says what was changed."""
        return ()

    def heads(self, model: str) -> tuple[Head, ...]:  # noqa: ARG002 (nobody saw it)
        """What the model registry saw of the ledger."""
        return ()

    def run_ids(self) -> tuple[str, str]:
        """Ids of the run and its experiment; empty where nobody tracks."""
        return ("", "")


class MlflowTracker(Tracker):
    """The MLflow run that ZenML opened for this step."""

    def __init__(self) -> None:
        import mlflow

        self._mlflow = mlflow

    def params(self, params: Mapping[str, Any]) -> None:
        """Record settings; long values are cut to what MLflow's stores accept."""
        short = {name: str(v)[:MAX_PARAM_CHARACTERS] for name, v in params.items()}
        self._mlflow.log_params(short)

    def metrics(self, metrics: Mapping[str, float]) -> None:
        """Record figures."""
        self._mlflow.log_metrics(dict(metrics))

    def trial(
        self, name: str, params: Mapping[str, Any], metrics: Mapping[str, float]
    ) -> None:
        """Record one trial as a nested run."""
        with self._mlflow.start_run(run_name=name, nested=True):
            self.params(params)
            self.metrics(metrics)

    def text(self, content: str, name: str) -> None:
        """Attach a text file to the run."""
        self._mlflow.log_text(content, name)

    def register(
        self,
        graph: bytes,
        features: Sequence[Mapping[str, Any]],
        model: str,
        tags: Mapping[str, str],
    ) -> None:
        """Log the graph as an ONNX model and register it under ``tags``.

        The graph takes one table of ``features``, each with its name and kind, in
        their order; ``pyfunc`` then scores a frame of raw rows with integers, NaN
        and None as they are. (Only a model without categories whose frame holds
        nothing but integers would need one column of floats.)
        """
        import mlflow.onnx
        import onnx

        if find_version(self._client(), model, tags["version_id"]):
            return
        self._create(model)
        logged = mlflow.onnx.log_model(
            onnx.load_from_string(graph),
            name="model",
            signature=_signature(features),
            onnx_execution_providers=["CPUExecutionProvider"],
            # More threads may change the last bits of a sum.
            onnx_session_options={"intra_op_num_threads": 1},
            # Else MLflow loads the model in a process of its own to find them out.
            pip_requirements=mlflow.onnx.get_default_pip_requirements(),
        )
        self._client().create_model_version(
            model,
            source=logged.model_uri,
            run_id=logged.run_id,
            tags=dict(tags),
            model_id=logged.model_id,
        )

    def mirror(self, model: str, events: tuple[Event, ...]) -> tuple[str, ...]:
        """Aliases, tags and copies follow the ledger."""
        return mirror_registry(self._client(), model, events)

    def heads(self, model: str) -> tuple[Head, ...]:
        """What its tags remember."""
        return mlflow_heads(self._client(), model)

    def run_ids(self) -> tuple[str, str]:
        """The run that ZenML opened, and its experiment."""
        run = self._mlflow.active_run()
        return ("", "") if run is None else (run.info.run_id, run.info.experiment_id)

    def _create(self, model: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client().create_registered_model(model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _client(self) -> Any:
        return self._mlflow.MlflowClient()


def _signature(features: Sequence[Mapping[str, Any]]) -> "ModelSignature":
    """The columns by name; categories are text, numbers of any type.

    MLflow refuses an integer of 64 bits where a double is declared, so a number's
    type stays open.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    inputs = [
        ColSpec(DataType.string if f["kind"] == "category" else AnyType(), f["name"])
        for f in features
    ]
    output = ColSpec(DataType.double, "probability")
    return ModelSignature(inputs=Schema([*inputs]), outputs=Schema([output]))


def tracker() -> Tracker:
    """MLflow where the running step has an experiment tracker, else nothing."""
    try:
        tracks = get_step_context().step_run.config.experiment_tracker
    except RuntimeError:
        return Tracker()
    return MlflowTracker() if tracks else Tracker()
