"""Measure the model on the test window."""

from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.evaluation.assess import assess, gather
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evidence import Evidence
from churn.evaluation.observations import Observations
from churn.evaluation.scorecard import Scorecard
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
    observations: Observations,
    behaviour: pl.DataFrame,
    reseeded: pl.DataFrame,
    evaluation: EvaluationPlan,
) -> tuple[Annotated[Evidence, "evidence"], Annotated[Scorecard, "scorecard"]]:
    """Score the test rows beside all rivals, and measure how good the scores are."""
    features = load(dataset).model_features
    evidence = gather(
        split,
        bundle,
        features,
        evaluation,
        champion=champion.rival(bundle.bundle_sha256),
        oracle=oracle,
        observations=observations,
        behaviour=behaviour,
        reseeded=reseeded,
    )
    scorecard = assess(evidence, split, bundle, features)
    tracker().metrics(scorecard.headline)
    logger.info("ROC-AUC %.3f", scorecard.headline["roc_auc"])
    return evidence, scorecard
