"""A fitted calibrator at work: scores to probabilities, as the graph does it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Parameters = Mapping[str, Sequence[float]]
SMALLEST = 1e-15
PARAMETERS = {
    "none": (),
    "sigmoid": ("slope", "intercept"),
    "isotonic": ("score", "probability"),
}
"""What each method is told."""


def calibrated(score: Floats, method: str, parameters: Parameters) -> Floats:
    """The probability for each uncalibrated score.

    Parameters
    ----------
    score : ndarray of shape (n_rows,), float in [0, 1]
    method : {"none", "sigmoid", "isotonic"}
    parameters : mapping
        sigmoid: ``slope`` and ``intercept`` on log-odds; isotonic: ``score`` and
        ``probability`` of the corners, straight lines between, level outside.
    """
    return _APPLY[method](score, parameters)


def log_odds(probability: Floats) -> Floats:
    """``log(p / (1 - p))``, with p kept off 0 and 1."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.log(p) - np.log1p(-p)


def sigmoid(x: Floats) -> Floats:
    """``1 / (1 + exp(-x))``, without overflow."""
    return 1 / (1 + np.exp(-np.clip(x, -700, 700)))


def _apply_nothing(score: Floats, _parameters: Parameters) -> Floats:
    return score


def _apply_sigmoid(score: Floats, parameters: Parameters) -> Floats:
    slope, intercept = parameters["slope"][0], parameters["intercept"][0]
    return sigmoid(slope * log_odds(score) + intercept)


def _apply_isotonic(score: Floats, parameters: Parameters) -> Floats:
    return np.interp(score, parameters["score"], parameters["probability"])


_APPLY: dict[str, Callable[[Floats, Parameters], Floats]] = {
    "none": _apply_nothing,
    "sigmoid": _apply_sigmoid,
    "isotonic": _apply_isotonic,
}
