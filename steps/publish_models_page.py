"""One page that says what is live, what may follow and what was before."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from churn.report.models import model_page
from registry.context import ledger, model_name
from registry.page import model_report
from registry.tracking import tracker


@step(enable_cache=False)
def publish_models_page(dataset: str) -> Annotated[HTMLString, "models_page"]:
    """Draw the page of the model from its ledger, here and in the tracker."""
    model = model_name()
    with ledger() as history:
        events = history.events(model)
    page = model_page(model_report(model, dataset, events))
    tracker().text(page, "models.html")
    return HTMLString(page)
