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

logger = get_logger(__name__)


@step(enable_cache=False)
def score_champion(dataset: str, split: Split) -> Annotated[Champion, "champion"]:
    """Score the test rows with the champion, if there is one."""
    with ledger() as history:
        events = history.events(model_name())
    champion = champion_scores(
        events, split.test, load(dataset).features, trusted_keys(os.environ)
    )
    logger.info("champion: %s", champion.version or "none yet")
    return champion
