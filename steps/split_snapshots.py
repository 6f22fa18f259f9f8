"""Three windows."""

from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.snapshots import SnapshotPlan
from churn.splits import Split, StratifiedSplit, TimeSplit, split

logger = get_logger(__name__)


@step
def split_snapshots(
    snapshots: pl.DataFrame,
    plan: SnapshotPlan | None,
    time_split: TimeSplit | None,
    stratified_split: StratifiedSplit | None,
) -> Annotated[Split, "split"]:
    """Cut the snapshots into training, calibration and test."""
    maturity_days = plan.maturity_days if plan else 0
    windows = split(
        snapshots, time_split, stratified_split, maturity_days=maturity_days
    )
    logger.info("%s", ", ".join(f"{n} {len(w):,}" for n, w in vars(windows).items()))
    return windows
