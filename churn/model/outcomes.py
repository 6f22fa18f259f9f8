"""Who churned by score over the calibration window, as a bundle keeps it."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.evaluation.slices import PREFIX
from churn.monitoring.documents import GRID, scores_document
from churn.monitoring.groups import count_slices, largest_groups
from churn.monitoring.scores import ScoredRows, count_scores
from churn.scoring.decision import Economics, contact


def outcomes_document(
    window: pl.DataFrame, probability: NDArray[np.float64], economics: Economics
) -> dict[str, Any]:
    """The grid, the counts of all rows on it, and those of every group of a slice.

    Parameters
    ----------
    window : DataFrame with customer_value, is_churn and ``slice__<name>``
    probability : ndarray of shape (n_rows,), float in [0, 1]
    """
    value = window["customer_value"].to_numpy().astype(np.float64)
    rows = ScoredRows(
        probability=probability,
        customer_value=value,
        is_contacted=contact(probability, value, economics),
        is_churn=window["is_churn"].to_numpy().astype(np.bool_),
    )
    slices = {
        name.removeprefix(PREFIX): window[name].to_list()
        for name in window.columns
        if name.startswith(PREFIX)
    }
    counted = count_slices(rows, slices, economics, largest_groups(slices))
    return {
        "grid": GRID,
        "scores": scores_document(count_scores(rows, economics)),
        "slices": {name: scores_document(counts) for name, counts in counted.items()},
    }
