"""One page that says whether to train again, and why."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from churn.report.retraining import retraining_page
from churn.retraining.decision import RetrainingDecision


@step
def publish_retraining_page(
    dataset: str, decision: RetrainingDecision
) -> Annotated[HTMLString, "retraining_page"]:
    """Draw the decision with every rule and limit."""
    return HTMLString(retraining_page(dataset, decision))
