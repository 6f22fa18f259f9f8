"""Try what is live, as a server would."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.scoring.keys import trusted_keys
from registry.context import ledger, model_name
from registry.demanded_keys import demanded_keys
from registry.smoke_test import smoke_test as tried
from registry.state import state
from storage.release import read_release

logger = get_logger(__name__)


@step(enable_cache=False)
def smoke_test(version: str) -> Annotated[str, "live_version"]:
    """Load the released version and let it score its golden rows."""
    model = model_name()
    with ledger() as history:
        events = history.events(model)
    told = read_release(model, environ=os.environ)
    keys = demanded_keys(events, state(events).production, trusted_keys(os.environ))
    tried(version, events, told, keys)
    logger.info("version %s is live and answers", version)
    return version
