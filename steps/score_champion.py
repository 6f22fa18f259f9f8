"""Let the version in production score the same test rows."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.scoring.keys import trusted_keys
from churn.splits import Split
from datasets.catalogue import load
from registry.champion import Champion, champion_scores
from registry.context import ledger, model_name
from registry.demanded_keys import demanded_keys
from registry.state import state

logger = get_logger(__name__)


@step(enable_cache=False)
def score_champion(dataset: str, split: Split) -> Annotated[Champion, "champion"]:
    """Score the test rows with the champion, if there is one."""
    with ledger() as history:
        events = history.events(model_name())
    keys = demanded_keys(events, state(events).production, trusted_keys(os.environ))
    champion = champion_scores(events, split.test, load(dataset).features, keys)
    logger.info("champion: %s", champion.version or "none yet")
    return champion
