"""One page that says whom to contact, why, and what is new."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from churn.batch.listed import Listed
from churn.batch.record import Scored
from churn.report.batch import batch_report
from registry.tracking import tracker


@step(enable_cache=False)
def publish_batch_report(
    dataset: str, scored: Scored, targets: Listed
) -> Annotated[HTMLString, "report"]:
    """Draw the page of the run, here and in the tracker."""
    page = batch_report(dataset, scored, targets)
    tracker().text(page, "batch.html")
    return HTMLString(page)
