"""Customers at dates, with features and labels."""

import os
from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import get_step_context, step
from zenml.logger import get_logger

from churn.contracts import check_quarantine
from churn.features.engine import EnginePlan
from churn.outputs import check_snapshots
from churn.snapshots import SnapshotPlan
from churn.snapshots import build_snapshots as build
from churn.tables import Tables
from datasets.catalogue import load
from storage.engines import open_engine
from storage.feature_table import stored_features

logger = get_logger(__name__)


@step
def build_snapshots(  # noqa: PLR0913 (one parameter a section or an artifact)
    dataset: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    as_of: str,
    snapshots: SnapshotPlan | None,
    max_quarantined_share: float,
    features: EnginePlan,
) -> Annotated[pl.DataFrame, "snapshots"]:
    """Every matured snapshot with its features, value and label."""
    check_quarantine(tables.frames, quarantine, max_share=max_quarantined_share)
    moment = datetime.fromisoformat(as_of)
    declared, frames = load(dataset), tables.frames
    stored = stored_features(
        declared, frames, snapshots, as_of=moment, environ=os.environ
    )
    engine = open_engine(features, environ=os.environ)
    built = build(
        declared, frames, snapshots, as_of=moment, stored=stored.rows, engine=engine
    )
    check_snapshots(declared, built)
    get_step_context().add_output_metadata(
        output_name="snapshots", metadata={"feature_table": stored.description}
    )
    share = int(built["is_churn"].sum()) / len(built)
    logger.info("%s snapshots, churn %.1f %%", f"{len(built):,}", 100 * share)
    return built
