"""Where the ledger shows itself: ZenML, and MLflow where the stack has it."""

from churn.scoring.keys import TrustedKeys
from churn.scoring.release import Release
from registry.event import Event
from registry.ledger import Ledger
from registry.mlflow_registry import mlflow_heads
from registry.release import release_heads
from registry.tracking import tracker
from registry.verify import Head, check_whole
from registry.zenml_stages import mirror_stages, zenml_heads


def verified(
    history: Ledger, model: str, told: Release | None, trusted: TrustedKeys | None
) -> tuple[Event, ...]:
    """The history, held against what release and mirrors saw; from within a step.

    To be asked before anything is written to them, which would hide what they saw.

    Raises
    ------
    LedgerBrokenError
    """
    seen = (*release_heads(told), *zenml_heads(model), *tracker().heads(model))
    # Only now: what others append meanwhile makes no mirror wrong.
    events = history.events(model)
    check_whole(events, seen, trusted)
    return events


def mirror(model: str, events: tuple[Event, ...]) -> list[str]:
    """Make both agree with a verified history, in a step; says what was changed."""
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
