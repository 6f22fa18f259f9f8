"""Read back whom a run lists, and what that is worth."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.batch.listed import Listed
from churn.batch.record import Scored
from storage.score_table import ScoreTable
from storage.target_lists import listed

logger = get_logger(__name__)


@step(enable_cache=False)
def list_targets(scored: Scored) -> Annotated[Listed, "targets"]:
    """Count the list, and hold it against the last one."""
    table = ScoreTable.of(scored.model, environ=os.environ)
    found = listed(table, scored, environ=os.environ)
    logger.info(
        "%d of %d customers are listed", found.current.n_listed, found.current.n
    )
    return found
