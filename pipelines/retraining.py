"""Whether to train again: decided, written down, shown. Training is another run."""

from typing import Annotated, Any

from zenml import pipeline
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from steps.decide_retraining import decide_retraining
from steps.publish_retraining_page import publish_retraining_page
from steps.repair_mirrors import repair_mirrors


@pipeline(name="retraining")
def retraining(
    dataset: str,
    version: str,  # noqa: ARG001 (the run belongs to it)
    moment: str,
    trigger: dict[str, Any],
    reason: str | None,
) -> Annotated[HTMLString, "retraining_page"]:
    """Hold what is known of the version in production against a trigger."""
    repair_mirrors()
    decision = decide_retraining(moment, trigger, reason, after=["repair_mirrors"])
    return publish_retraining_page(dataset, decision)
