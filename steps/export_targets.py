"""Hand the target list on to those who call."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.batch.record import Scored
from churn.batch.target_list import Exported
from storage.score_table import ScoreTable
from storage.target_lists import export

logger = get_logger(__name__)


@step(enable_cache=False)
def export_targets(dataset: str, scored: Scored) -> Annotated[Exported, "exported"]:
    """Write the list as CSV and into the table of the CRM, where the stack has them."""
    table = ScoreTable.of(scored.model, environ=os.environ)
    done = export(table, dataset, scored, environ=os.environ)
    logger.info("%d customers: %s, %s", done.n_customers, done.csv, done.crm)
    return done
