"""What became of the customers who were scored."""

import os
from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.contracts import check_quarantine
from churn.monitoring.following import Labelling, Looked, OutcomePlan
from churn.snapshots import SnapshotPlan
from churn.tables import Tables
from datasets.catalogue import load
from registry.context import model_name
from storage.following import follow

logger = get_logger(__name__)


@step(enable_cache=False)
def label_scores(  # noqa: PLR0913 (one parameter a section or an artifact)
    dataset: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    max_quarantined_share: float,
    as_of: str,
    snapshots: SnapshotPlan | None,
    labels: list[str],
    outcomes: OutcomePlan,
    looked: Looked,
) -> tuple[
    Annotated[pl.DataFrame, "outcomes"],
    Annotated[pl.DataFrame, "label_quarantine"],
    Annotated[Labelling, "labelling"],
]:
    """Join scores with all that is known by now: raw tables, label files, feedback."""
    check_quarantine(tables.frames, quarantine, max_share=max_quarantined_share)
    found = follow(
        load(dataset),
        tables,
        labels,
        looked,
        outcomes,
        snapshots,
        model=model_name(),
        as_of=datetime.fromisoformat(as_of),
        environ=os.environ,
    )
    told = found.labelling
    logger.info("of %d scores %d outcomes are known", told.n_scores, told.n_known)
    for note in told.notes:
        logger.info("%s", note)
    return found.outcomes, found.quarantined, told
