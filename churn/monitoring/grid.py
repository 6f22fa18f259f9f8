"""The bins that scores are counted in: the same for every model and every day.

Equally wide in log-odds, so that scores near 0 are told apart as well as those in the
middle; the first and the last bin are open. Counts in one grid add up and compare,
whichever version gave the scores.
"""

import numpy as np
from numpy.typing import NDArray

from churn.scoring.calibrator import sigmoid

N_BINS = 128
MOST_LOG_ODDS = 8.0
SCORE_EDGES = sigmoid(np.linspace(-MOST_LOG_ODDS, MOST_LOG_ODDS, N_BINS + 1)[1:-1])
"""Ascending probabilities; bin i holds ``SCORE_EDGES[i-1] < p <= SCORE_EDGES[i]``."""


def score_bins(probability: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bin of each probability, shape (n_rows,), 0 to ``N_BINS - 1``.

    Examples
    --------
    >>> score_bins(np.array([0.0, 0.5, 0.51, 1.0])).tolist()
    [0, 63, 64, 127]
    """
    return np.searchsorted(SCORE_EDGES, probability, side="left")
