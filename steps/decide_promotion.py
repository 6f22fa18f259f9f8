"""Hold the evidence against the policy."""

from typing import Annotated, Any

from zenml import step
from zenml.logger import get_logger

from churn.evaluation.evidence import Evidence
from churn.gates.decide import decide
from churn.gates.decision import Decision
from churn.gates.policy import parse_policy

logger = get_logger(__name__)


@step
def decide_promotion(
    evidence: Evidence, policy: dict[str, Any], bounds: dict[str, float]
) -> Annotated[Decision, "decision"]:
    """Approve or refuse; a refusal is an answer, not a failure."""
    decision = decide(parse_policy(policy, bounds), evidence)
    logger.info("%s", decision.reason)
    return decision
