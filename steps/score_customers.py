"""Who may leave, and who is worth a contact."""

import os
from datetime import UTC, datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.batch.record import BatchPlan, CurrentRows, Scored
from churn.scoring.keys import trusted_keys
from datasets.catalogue import load
from registry.champion import live
from registry.context import ledger, model_name
from storage.batch_run import Run, score_and_store

logger = get_logger(__name__)


@step(enable_cache=False)
def score_customers(
    dataset: str,
    current: CurrentRows,
    table_customers: pl.DataFrame,
    scoring: BatchPlan,
    max_quarantined_share: float,
) -> Annotated[Scored, "scored"]:
    """Score today's customers with the version in production, and keep the scores."""
    with ledger() as history:
        champion = live(history.events(model_name()), trusted_keys(os.environ))
    run = Run(
        dataset=load(dataset),
        current=current,
        table_customers=table_customers,
        model=model_name(),
        version=champion.version,
        bundle=champion.bundle,
        scored_at=datetime.now(UTC),
    )
    scored = score_and_store(
        run, scoring, max_quarantined_share=max_quarantined_share, environ=os.environ
    )
    logger.info(
        "%s customers scored by version %s, %d on the target list",
        f"{scored.n_scored:,}",
        champion.version,
        scored.n_listed,
    )
    return scored
