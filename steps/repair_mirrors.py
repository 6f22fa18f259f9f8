"""Finish what a killed run left half done."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from registry.context import ledger, model_name
from registry.mirrors import mirror
from registry.release import release
from storage.release import write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def repair_mirrors() -> Annotated[list[str], "repairs"]:
    """Make the release, stages, tags and aliases agree with the ledger."""
    model = model_name()
    with ledger() as history:
        events = history.events(model)
    write_release(release(model, events), environ=os.environ)
    repairs = mirror(model, events)
    logger.info("%d repairs of stages, tags and aliases", len(repairs))
    return repairs
