"""Finish what a killed run left half done."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.scoring.keys import trusted_keys
from registry.context import ledger, model_name
from registry.mirrors import mirror, verified
from registry.release import release
from storage.release import readable_release, write_release

logger = get_logger(__name__)


@step(enable_cache=False)
def repair_mirrors() -> Annotated[list[str], "repairs"]:
    """Make release, stages, tags and aliases agree with the ledger, if it is whole."""
    model = model_name()
    told = readable_release(model, environ=os.environ)
    with ledger() as history:
        events = verified(history, model, told, trusted_keys(os.environ))
    write_release(release(model, events), environ=os.environ)
    repairs = mirror(model, events)
    logger.info("%d repairs of stages, tags and aliases", len(repairs))
    return repairs
