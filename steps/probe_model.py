"""Prod the model: changed customers, other seeds, a clock, what it reads."""

import os
from time import perf_counter
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.evaluation.observations import Observations
from churn.evaluation.scorecard import LeakReport
from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.recipe import Recipe
from churn.model.search import SearchResult
from churn.probes.plan import ProbePlan
from churn.probes.probe import probe_version
from churn.scoring.bundle import Bundle
from churn.scoring.keys import trusted_keys
from churn.scoring.signature import signed_by
from churn.splits import Split
from datasets.catalogue import load
from registry.champion import Champion, champion_bundle

logger = get_logger(__name__)


@step
def probe_model(  # noqa: PLR0913 (all that made the bundle, and what it is held against)
    dataset: str,
    split: Split,
    search_result: SearchResult,
    bundle: Bundle,
    champion: Champion,
    leaks: LeakReport,
    model: ModelPlan,
    calibration: CalibrationPlan,
    probes: ProbePlan,
) -> tuple[
    Annotated[Observations, "observations"],
    Annotated[pl.DataFrame, "behaviour"],
    Annotated[pl.DataFrame, "reseeded"],
]:
    """Try the data set's expectations, fit with other seeds, time single calls."""
    declared, trusted = load(dataset), trusted_keys(os.environ)
    recipe = Recipe(
        dataset=dataset,
        features=declared.model_features,
        chosen=search_result,
        model=model,
        calibration=calibration,
        economics=bundle.economics,
        lineage={},
    )
    seen = probe_version(
        declared,
        split,
        recipe,
        bundle,
        champion_bundle(champion),
        leaks,
        probes,
        signed_by=signed_by(bundle.files, trusted),
        clock=perf_counter,
    )
    logger.info(
        "%d expectations tried on %s rows, %d other seeds",
        len(declared.expectations),
        f"{len(seen.behaviour):,}",
        probes.reseeds,
    )
    return seen.observations, seen.behaviour, seen.reseeded
