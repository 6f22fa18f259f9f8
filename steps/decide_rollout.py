"""Hold what was seen against the rollout's policy."""

from datetime import UTC, datetime
from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.rollout.decision import RolloutDecision
from churn.rollout.evidence import RolloutEvidence
from registry.artifacts import files_at
from registry.context import ledger, model_name
from registry.rolling import next_step

logger = get_logger(__name__)


@step(enable_cache=False)
def decide_rollout(
    evidence: RolloutEvidence, rollout: dict[str, Any]
) -> Annotated[RolloutDecision, "rollout_decision"]:
    """Say whether the version begins, goes on, stays or goes back."""
    with ledger() as history:
        events = history.events(model_name())
    decision = next_step(
        events, evidence, rollout, read=files_at, now=datetime.now(UTC)
    )
    logger.info("%s", decision.reason)
    return decision
