"""How far probabilities can be taken at their word. Knows neither ranks nor money."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.special import expit, logit

from churn.evaluation.weighting import Bools, Floats, Integers, Kernel, Weights, ratio

N_BINS = 10
CLIP = 1e-6
"""Probabilities are kept this far from 0 and 1 before their log odds are taken."""

MAX_STEPS = 30
TOLERANCE = 1e-8
LARGEST_STEP = 2.0


def bin_of(probability: Floats) -> Integers:
    """Which of ten equal-width bins each probability falls into; 1.0 is in the last.

    Examples
    --------
    >>> bin_of(np.array([0.0, 0.1, 0.55, 1.0]))
    array([0, 1, 5, 9])
    """
    return np.minimum((probability * N_BINS).astype(np.intp), N_BINS - 1)


def errors_of_probability(is_churn: Bools, probability: Floats) -> Kernel:
    """Log loss (nats), Brier score and expected calibration error.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), "Obtaining well calibrated probabilities
    using Bayesian binning", AAAI: ECE, here with ten equal-width bins. It cannot
    be negative, so its value and interval lie above zero for a perfect model too.
    """
    tiny = np.finfo(np.float64).eps
    of_truth = np.where(is_churn, probability, 1 - probability)
    gap = is_churn - probability
    columns = [-np.log(np.clip(of_truth, tiny, 1)), gap**2]
    columns += list(gap * (bin_of(probability) == np.arange(N_BINS)[:, None]))
    columns_matrix = np.stack(columns)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        total = weights.sum(axis=0)
        sums = columns_matrix @ weights
        return {
            "log_loss": ratio(sums[0], total),
            "brier": ratio(sums[1], total),
            "ece": ratio(np.abs(sums[2:]).sum(axis=0), total),
        }

    return measure


def calibration_line(is_churn: Bools, probability: Floats) -> Kernel:
    """Slope and intercept of the label's log odds on the log odds predicted.

    1 and 0 are right; a slope below 1 means probabilities too extreme. Undefined
    where all probabilities are equal, one class is absent or the classes are
    separated.

    One weighting is fitted until it converges. Many at once, the resamples of a
    bootstrap, each take one Newton step from the line of all rows, which is as
    near to their own line as that line is to the truth.

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression",
    Biometrika 45. Moulton & Zeger (1991), "Bootstrapping generalized linear
    models", Computational Statistics & Data Analysis 11: the one-step bootstrap.
    """
    log_odds = logit(np.clip(probability, CLIP, 1 - CLIP))
    powers = np.stack([np.ones_like(log_odds), log_odds, log_odds**2])
    base_rate = np.clip(np.mean(is_churn), CLIP, 1 - CLIP) if is_churn.size else 0.5
    flat = np.array([[logit(base_rate)], [0.0]])
    whole = _newton(powers, is_churn, np.ones((is_churn.size, 1)), flat)
    start = flat if np.isnan(whole).any() else whole
    one_step = _one_step(powers, is_churn, whole)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        if weights.shape[1] == 1:
            line = _newton(powers, is_churn, weights, start)
        else:
            line = one_step(weights)
        return {"calibration_intercept": line[0], "calibration_slope": line[1]}

    return measure


def _one_step(
    powers: Floats, is_churn: Bools, whole: Floats
) -> Callable[[Weights], Floats]:
    """One Newton step from the line of all rows; linear in the weights."""
    fitted = expit(powers[:2].T @ whole)[:, 0]
    columns = np.concatenate(
        [
            [is_churn, ~is_churn],
            powers[:2] * (is_churn - fitted),
            powers * (fitted * (1 - fitted)),
        ]
    )

    def line(weights: Weights) -> Floats:
        sums = columns @ weights
        step = _solved(sums[2:4], sums[4:])
        step[:, (sums[:2] <= 0).any(axis=0)] = np.nan
        return whole + step

    return line


def _newton(powers: Floats, is_churn: Bools, weights: Weights, start: Floats) -> Floats:
    """Weighted logistic regression on one column; NaN where it does not converge."""
    line = np.repeat(start, weights.shape[1], axis=1)
    step = np.full_like(line, np.inf)
    for _ in range(MAX_STEPS):
        step = _step(powers, is_churn, weights, line)
        line += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        # A NaN step compares false: that column is undefined and stops no other.
        if not np.any(np.abs(step) > TOLERANCE):
            break
    converged = np.all(np.abs(step) <= TOLERANCE, axis=0)
    line[:, ~converged] = np.nan
    return line


def _step(powers: Floats, is_churn: Bools, weights: Weights, line: Floats) -> Floats:
    fitted = expit(powers[:2].T @ line)
    gradient = powers[:2] @ (weights * (is_churn[:, None] - fitted))
    fitted *= 1 - fitted
    fitted *= weights
    return _solved(gradient, powers @ fitted)


def _solved(gradient: Floats, curvature: Floats) -> Floats:
    """The step that a gradient and the three entries of its curvature ask for."""
    determinant = curvature[0] * curvature[2] - curvature[1] ** 2
    # Rounding leaves a trace of a determinant where all log odds are equal.
    singular = determinant <= 1e-10 * curvature[0] * curvature[2]
    determinant[singular] = np.nan
    return np.stack(
        [
            (curvature[2] * gradient[0] - curvature[1] * gradient[1]) / determinant,
            (curvature[0] * gradient[1] - curvature[1] * gradient[0]) / determinant,
        ]
    )
