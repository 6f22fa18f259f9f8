"""How much the ranking leans on each feature. Sees the model as a function only."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from churn.evaluation.metrics import roc_auc
from churn.evaluation.weighting import Bools, Floats
from churn.features.declarations import Feature

Score = Callable[[pl.DataFrame], Floats]


def permutation_importance(
    score: Score,
    test: pl.DataFrame,
    features: Sequence[Feature],
    rng: np.random.Generator,
    *,
    max_rows: int,
) -> dict[str, float]:
    """Drop in ROC-AUC when one feature's values are shuffled among the rows.

    Parameters
    ----------
    score : callable
        Gives each row of a frame a probability.
    max_rows : int
        Test rows to use at most, drawn without replacement.

    Returns
    -------
    dict of feature name to drop
        The largest first. Features that carry the same news share it, so that
        each may look dispensable. Empty when the rows hold only one class.

    References
    ----------
    Breiman (2001), "Random forests", Machine Learning 45, section 10.
    """
    chosen = np.sort(rng.permutation(test.height)[:max_rows])
    sample = test[chosen]
    is_churn = sample["is_churn"].to_numpy()
    whole = _roc_auc(score, sample, is_churn)
    if whole is None:
        return {}
    drops = {}
    for feature in features:
        shuffled = sample[feature.name].gather(rng.permutation(sample.height))
        without = _roc_auc(score, sample.with_columns(shuffled), is_churn)
        drops[feature.name] = whole - (whole if without is None else without)
    return dict(sorted(drops.items(), key=lambda drop: -drop[1]))


def _roc_auc(score: Score, frame: pl.DataFrame, is_churn: Bools) -> float | None:
    return roc_auc(is_churn, score(frame).astype(np.float64), np.ones(frame.height))
