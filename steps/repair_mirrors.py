"""Finish what a killed run left half done."""

from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from registry.context import ledger, model_name
from registry.tracking import tracker
from registry.zenml_stages import mirror_stages

logger = get_logger(__name__)


@step(enable_cache=False)
def repair_mirrors() -> Annotated[list[str], "repairs"]:
    """Make stages, tags and aliases agree with the ledger before they are read."""
    with ledger() as history:
        events = history.events(model_name())
    repairs = list(mirror_stages(events))
    tracker().mirror(model_name(), events)
    logger.info("%d repairs of stages and tags", len(repairs))
    return repairs
