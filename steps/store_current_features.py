"""The customers of today, with their features."""

import os
from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.batch.record import CurrentRows
from churn.contracts import check_quarantine
from churn.features.engine import EnginePlan
from churn.tables import Tables
from datasets.catalogue import load
from registry.context import input_sha256
from storage.batch_run import store_current
from storage.engines import open_engine

logger = get_logger(__name__)


@step(enable_cache=False)
def store_current_features(
    dataset: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    as_of: str,
    max_quarantined_share: float,
    features: EnginePlan,
) -> tuple[
    Annotated[CurrentRows, "current_rows"],
    Annotated[pl.DataFrame, "table_customers"],
]:
    """Build the features of the newest midnight, unless they are stored as they are."""
    check_quarantine(tables.frames, quarantine, max_share=max_quarantined_share)
    current, rows = store_current(
        load(dataset),
        tables.frames,
        as_of=datetime.fromisoformat(as_of),
        data_version=input_sha256("tables"),
        engine=open_engine(features, environ=os.environ),
        environ=os.environ,
    )
    logger.info("%s: %s customers", current.snapshot_date, f"{current.n_rows:,}")
    return current, rows
