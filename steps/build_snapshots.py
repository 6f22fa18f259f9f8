"""Customers at dates, with features and labels."""

from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.contracts import check_quarantine
from churn.outputs import check_snapshots
from churn.snapshots import SnapshotPlan
from churn.snapshots import build_snapshots as build
from churn.tables import Tables
from datasets.catalogue import load

logger = get_logger(__name__)


@step
def build_snapshots(
    dataset: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    as_of: str,
    snapshots: SnapshotPlan | None,
    max_quarantined_share: float,
) -> Annotated[pl.DataFrame, "snapshots"]:
    """Every matured snapshot with its features, value and label."""
    check_quarantine(tables.frames, quarantine, max_share=max_quarantined_share)
    moment = datetime.fromisoformat(as_of)
    built = build(load(dataset), tables.frames, snapshots, as_of=moment)
    check_snapshots(load(dataset), built)
    share = int(built["is_churn"].sum()) / len(built)
    logger.info("%s snapshots, churn %.1f %%", f"{len(built):,}", 100 * share)
    return built
