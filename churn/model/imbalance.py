"""What rebalancing does to probabilities: the same learner with it and without."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from churn.evaluation.metrics import brier, ece, roc_auc
from churn.model.candidates import candidate, fit_candidate
from churn.model.columns import churned, to_table
from churn.model.recipe import Recipe
from churn.splits import Split

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """Ranking and honesty of probabilities, before any calibration."""

    roc_auc: float | None
    brier: float | None
    ece: float | None


@dataclass(frozen=True)
class Damage:
    """The calibration window, scored after rebalancing the training rows and not."""

    rebalanced: Quality
    plain: Quality


def damage(split: Split, recipe: Recipe, rebalanced: Floats) -> Damage | None:
    """Measure what ``recipe.model.imbalance`` costs; None where it is ``none``.

    Parameters
    ----------
    rebalanced : ndarray of shape (n_calibration_rows,)
        The fitted model's uncalibrated scores of the calibration window.
    """
    if recipe.model.imbalance == "none":
        return None
    model = replace(recipe.model, imbalance="none")
    chosen = recipe.chosen
    pipeline = candidate(chosen.kind, chosen.params, recipe.features, model)
    fit_candidate(pipeline, split.train, recipe.features, model)
    rows = to_table(split.calibration, recipe.features)
    labels = churned(split.calibration) == 1
    plain = pipeline.predict_proba(rows)[:, 1].astype(np.float64)
    return Damage(_quality(labels, rebalanced), _quality(labels, plain))


def _quality(labels: NDArray[np.bool_], scores: Floats) -> Quality:
    weight = np.ones(len(labels))
    return Quality(
        roc_auc(labels, scores, weight),
        brier(labels, scores, weight),
        ece(labels, scores, weight),
    )
