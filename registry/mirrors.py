"""Where the ledger shows itself: ZenML, and MLflow where the stack has it."""

from registry.event import Event
from registry.mlflow_registry import mlflow_heads
from registry.tracking import tracker
from registry.verify import Head
from registry.zenml_stages import mirror_stages, zenml_heads


def mirror(model: str, events: tuple[Event, ...]) -> list[str]:
    """Make both agree with the ledger, from within a step; says what was changed."""
    return [*mirror_stages(events), *tracker().mirror(model, events)]


def heads(model: str, stack: str) -> tuple[Head, ...]:
    """What both saw of the ledger, through a ZenML stack of this name."""
    from zenml.client import Client
    from zenml.stack import Stack

    tracker = Stack.from_model(Client().get_stack(stack)).experiment_tracker
    address = getattr(tracker, "get_tracking_uri", None)
    if address is None:
        return zenml_heads(model)
    from mlflow import MlflowClient

    return zenml_heads(model) + mlflow_heads(MlflowClient(address()), model)
