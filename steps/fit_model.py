"""Fit the chosen candidate on all training rows."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.search import SearchResult
from churn.model.train import fit_bundle
from churn.scoring.bundle import Bundle, signed
from churn.scoring.decision import Economics
from churn.scoring.keys import signing_key
from churn.splits import Split
from datasets.catalogue import load
from registry.context import lineage
from registry.tracking import tracker

logger = get_logger(__name__)


@step
def fit_model(
    dataset: str,
    split: Split,
    search_result: SearchResult,
    model: ModelPlan,
    calibration: CalibrationPlan,
    economics: Economics,
) -> Annotated[Bundle, "bundle"]:
    """Fit, export, calibrate on the exported graph, pack and sign what was made."""
    bundle = fit_bundle(
        split,
        load(dataset),
        search_result,
        model,
        calibration,
        economics,
        lineage=lineage("split"),
    )
    tracker().params({"kind": bundle.kind} | search_result.params)
    logger.info("%s, bundle %s", bundle.kind, bundle.bundle_sha256[:12])
    return signed(bundle, signing_key(os.environ))
