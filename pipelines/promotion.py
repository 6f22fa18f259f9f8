"""After a promotion: mirrors agree with the ledger, what is live answers."""

from typing import Annotated

from zenml import pipeline
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from steps.publish_models_page import publish_models_page
from steps.repair_mirrors import repair_mirrors
from steps.smoke_test import smoke_test


@pipeline(name="promotion")
def promotion(dataset: str, version: str) -> Annotated[HTMLString, "models_page"]:
    """Let everything follow the promotion that the ledger already has."""
    repair_mirrors()
    smoke_test(version, after=["repair_mirrors"])
    return publish_models_page(dataset, after=["smoke_test"])
