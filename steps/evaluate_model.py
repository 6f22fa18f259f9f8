"""Measure the model on the test window."""

from dataclasses import replace
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.evaluation.assess import assess
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.scorecard import LeakReport, Scorecard
from churn.scoring.bundle import Bundle
from churn.splits import Split
from datasets.catalogue import load
from registry.champion import Champion
from registry.tracking import tracker

logger = get_logger(__name__)


@step
def evaluate_model(  # noqa: PLR0913 (one parameter an artifact)
    dataset: str,
    split: Split,
    bundle: Bundle,
    oracle: pl.DataFrame,
    champion: Champion,
    leaks: LeakReport,
    evaluation: EvaluationPlan,
) -> Annotated[Scorecard, "scorecard"]:
    """Measure the model beside baselines, champion and the truth where it is known."""
    measured = assess(
        split,
        bundle,
        load(dataset).model_features,
        evaluation,
        champion=champion.rival(bundle.bundle_sha256),
        oracle=oracle,
    )
    scorecard = replace(measured, leaks=leaks)
    tracker().metrics(scorecard.headline)
    logger.info("ROC-AUC %.3f", scorecard.headline["roc_auc"])
    return scorecard
