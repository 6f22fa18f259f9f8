"""The one road to production: the version in rollout goes on, stays, or goes back."""

from typing import Annotated, Any

from zenml import pipeline
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from steps.advance_rollout import advance_rollout
from steps.compact_predictions import compact_predictions
from steps.confirm_live import confirm_live
from steps.decide_rollout import decide_rollout
from steps.deploy_release import deploy_release
from steps.measure_rollout import measure_rollout
from steps.publish_models_page import publish_models_page
from steps.repair_mirrors import repair_mirrors


@pipeline(name="deployment")
def deployment(
    dataset: str,
    version: str,  # noqa: ARG001 (the run belongs to it)
    rollout: dict[str, Any],
    confirm_seconds: float,
) -> Annotated[HTMLString, "models_page"]:
    """Serve the release, look at what was logged, decide, and let all follow."""
    repair_mirrors()
    server_url = deploy_release(after=["repair_mirrors"])
    compact_predictions(after=["deploy_release"])
    evidence = measure_rollout(server_url, after=["compact_predictions"])
    decision = decide_rollout(evidence, rollout)
    advance = advance_rollout(decision, evidence, rollout)
    confirm_live(server_url, advance, confirm_seconds)
    return publish_models_page(dataset, after=["confirm_live"])
