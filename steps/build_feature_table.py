"""Features at every snapshot date, stored."""

import os
from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.backfill import Backfill, DateRange, asked_dates
from churn.contracts import check_quarantine
from churn.features.engine import EnginePlan
from churn.snapshots import SnapshotPlan
from churn.tables import Tables
from datasets.catalogue import load
from storage.engines import open_engine
from storage.feature_table import FeatureTable, fill

logger = get_logger(__name__)


@step(enable_cache=False)
def build_feature_table(  # noqa: PLR0913 (one parameter a section or an artifact)
    dataset: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    as_of: str,
    snapshots: SnapshotPlan,
    dates: DateRange,
    max_quarantined_share: float,
    features: EnginePlan,
) -> tuple[Annotated[Backfill, "backfill"], Annotated[pl.DataFrame, "latest_features"]]:
    """Build the dates that are missing or rest on other data; keep the others."""
    check_quarantine(tables.frames, quarantine, max_share=max_quarantined_share)
    declared = load(dataset)
    table = FeatureTable.of(declared, environ=os.environ)
    asked = asked_dates(snapshots, dates, as_of=datetime.fromisoformat(as_of))
    built = []
    engine = open_engine(features, environ=os.environ)
    for day, n_rows in fill(table, declared, tables.frames, asked, engine=engine):
        built.append(day)
        logger.info("%s: %s rows, built %d", day, f"{n_rows:,}", len(built))
    done = Backfill(
        built=tuple(sorted(built)),
        reused=tuple(day for day in asked if day not in built),
        n_rows=table.count(asked),
        version=table.version,
        address=table.url,
    )
    logger.info("%d dates built, %d reused", len(done.built), len(done.reused))
    return done, table.latest(asked)
