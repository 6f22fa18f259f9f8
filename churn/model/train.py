"""From three windows of snapshots to a verified bundle."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from churn.dataset import Dataset
from churn.features.declarations import Feature
from churn.model.bundle_files import bundle_files
from churn.model.calibration import UNCALIBRATED, calibrate
from churn.model.candidates import candidate, fit_candidate
from churn.model.columns import to_columns
from churn.model.export import check_parity, export
from churn.model.imbalance import damage
from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.recipe import Recipe
from churn.model.search import SearchResult
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.decision import Economics
from churn.scoring.session import graph_session, run_graph
from churn.splits import Split

PARITY_ROWS = 20_000
"""Training rows on which graph and pipeline are compared; later windows in full."""


def fit_bundle(  # noqa: PLR0913 (each is an artifact or a setting of its own)
    split: Split,
    dataset: Dataset,
    chosen: SearchResult,
    model: ModelPlan,
    calibration: CalibrationPlan,
    economics: Economics,
    *,
    lineage: Mapping[str, str],
) -> Bundle:
    """Make the chosen candidate of a data set into a bundle, as ``fit_recipe`` does."""
    recipe = Recipe(
        dataset=dataset.name,
        features=dataset.model_features,
        chosen=chosen,
        model=model,
        calibration=calibration,
        economics=economics,
        lineage=lineage,
    )
    return fit_recipe(split, recipe)


def fit_recipe(split: Split, recipe: Recipe) -> Bundle:
    """Fit on all training rows, export, compare, calibrate, write down, load.

    Parameters
    ----------
    split : Split
        The first window fits the pipeline, the second the calibrator. The third
        only compares the graph with scikit-learn; its label is not read.

    Returns
    -------
    Bundle
        As any reader would get it, verified.

    Raises
    ------
    BundleError
        If graph and pipeline disagree.
    NotEnoughDataError
        If the calibration window is too small.
    """
    kind, features = recipe.chosen.kind, recipe.features
    pipeline = candidate(kind, recipe.chosen.params, features, recipe.model)
    with threadpool_limits(recipe.model.threads):
        fit_candidate(pipeline, split.train, features, recipe.model)
    raw = export(kind, pipeline, features, UNCALIBRATED)
    session = graph_session(raw.graph, threads=1)
    every = max(1, split.train.height // PARITY_ROWS)
    for rows in (split.train.gather_every(every), split.test):
        _compared(session, pipeline, rows, features)
    scores = _compared(session, pipeline, split.calibration, features)
    calibrator = calibrate(
        scores, split.calibration, recipe.calibration, seed=recipe.model.seed
    )
    exported = export(kind, pipeline, features, calibrator)
    windows = {"train": split.train, "calibration": split.calibration}
    cost = damage(split, recipe, scores)
    return load_bundle(
        bundle_files(pipeline, exported, calibrator, windows, recipe, cost)
    )


def _compared(
    session: InferenceSession,
    pipeline: Pipeline,
    rows: pl.DataFrame,
    features: Sequence[Feature],
) -> NDArray[np.float64]:
    """The graph's uncalibrated scores, found equal to the pipeline's."""
    columns = to_columns(rows, features)
    scores: NDArray[Any] = run_graph(session, "uncalibrated", columns)
    check_parity(pipeline, rows, features, scores)
    return scores
