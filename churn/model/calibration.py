"""Scores to probabilities, learnt on a window of their own.

Works on the exported graph's uncalibrated output, never on the pipeline's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from churn.errors import NotEnoughDataError
from churn.model.columns import churned
from churn.model.folds import customer_folds
from churn.model.plan import METHODS, CalibrationPlan
from churn.model.selection import row_losses
from churn.scoring.calibrator import calibrated, log_odds, sigmoid

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
TOLERANCE = 1e-12
NEWTON_STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """A calibrator as numbers.

    Parameters
    ----------
    method : {"none", "sigmoid", "isotonic"}
    parameters : mapping
        sigmoid: ``slope`` and ``intercept`` on log-odds; isotonic: ``score`` and
        ``probability`` of the corners, straight lines between, level outside.
    log_losses : mapping of method to float
        Cross-validated on the calibration window; empty where nothing competed.
    n_rows : int
    """

    method: str
    parameters: Mapping[str, list[float]]
    log_losses: Mapping[str, float]
    n_rows: int


UNCALIBRATED = Calibration("none", {}, {}, 0)


def calibrate(
    uncalibrated: Floats, frame: pl.DataFrame, plan: CalibrationPlan, *, seed: int
) -> Calibration:
    """Choose by cross-validated log loss, then fit the winner on all rows.

    Parameters
    ----------
    uncalibrated : ndarray of shape (n_rows,), float in [0, 1]
        The graph's output for the rows of ``frame``.
    frame : DataFrame
        The calibration window; a customer stays within one fold.

    Returns
    -------
    Calibration
        Of equal methods the simpler.

    Raises
    ------
    NotEnoughDataError
        If a fold would lack churners or loyal customers.
    """
    labels = churned(frame)
    _check_enough(labels, plan.folds)
    folds = customer_folds(frame, folds=plan.folds, seed=seed)
    log_losses = {}
    for method in (m for m in METHODS if m in plan.methods):
        losses = np.empty(len(labels))
        for fold in folds:
            fitted = _FITS[method](uncalibrated[fold.train], labels[fold.train])
            judged = calibrated(uncalibrated[fold.validate], method, fitted)
            losses[fold.validate] = row_losses(labels[fold.validate], judged)
        log_losses[method] = float(losses.mean())
    best = min(log_losses, key=lambda m: log_losses[m])
    parameters = _FITS[best](uncalibrated, labels)
    return Calibration(best, parameters, log_losses, len(labels))


def _check_enough(labels: Labels, folds: int) -> None:
    rarest = int(np.bincount(labels, minlength=2).min())
    if rarest < 2 * folds:
        raise NotEnoughDataError(
            f"expected at least {2 * folds} churners and as many others in the "
            f"calibration window, found {rarest}; take a longer window or fewer folds"
        )


def _fit_nothing(_score: Floats, _labels: Labels) -> dict[str, list[float]]:
    return {}


def _fit_sigmoid(score: Floats, labels: Labels) -> dict[str, list[float]]:
    """Platt's method on log-odds, with his targets that keep the fit finite.

    References
    ----------
    Platt (1999), "Probabilistic outputs for support vector machines", in *Advances
    in Large Margin Classifiers*; targets from section 2.2, solved by Newton's method.
    """
    n_churned = labels.sum()
    high = (n_churned + 1) / (n_churned + 2)
    low = 1 / (len(labels) - n_churned + 2)
    targets = np.where(labels == 1, high, low)
    design = np.column_stack([log_odds(score), np.ones(len(score))])
    weights: Floats = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        step = _newton_step(design, targets, weights)
        weights = weights + step
        if np.abs(step).max() < TOLERANCE:
            break
    return {"slope": [float(weights[0])], "intercept": [float(weights[1])]}


def _newton_step(design: Floats, targets: Floats, weights: Floats) -> Floats:
    p = sigmoid(design @ weights)
    gradient = design.T @ (targets - p)
    hessian = (design * (p * (1 - p))[:, None]).T @ design
    ridge = 1e-9 * np.eye(2)
    step = np.linalg.solve(hessian + ridge, gradient)
    bounded: Floats = np.clip(step, -1.0, 1.0).astype(np.float64)
    return bounded


def _fit_isotonic(score: Floats, labels: Labels) -> dict[str, list[float]]:
    """Pool-adjacent-violators, kept as far off 0 and 1 as the rows can vouch for."""
    least = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
    fitted.fit(score, labels)
    return {
        "score": [float(x) for x in fitted.X_thresholds_],
        "probability": [float(y) for y in fitted.y_thresholds_],
    }


_FITS: dict[str, Callable[[Floats, Labels], dict[str, list[float]]]] = {
    "none": _fit_nothing,
    "sigmoid": _fit_sigmoid,
    "isotonic": _fit_isotonic,
}
