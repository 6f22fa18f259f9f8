"""Whether probabilities still mean what they say: slope and residuals, from bins."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from churn.monitoring.churn_sums import ChurnSums
from churn.monitoring.health import DecileResidual
from churn.monitoring.losses import Rows
from churn.monitoring.performance import Reading, estimate, ratio

Floats = NDArray[np.float64]

CLIP = 1e-6
MAX_STEPS = 30
SMALL_STEP = 1e-8
LARGEST_STEP = 2.0
N_DECILES = 10
UNDEFINED = Reading(np.array(np.nan), np.array(np.nan))


def calibration_slope(rows: Rows) -> Reading:
    """Slope of the label's log odds on the log odds predicted; 1 is right.

    A bin's rows are taken at its mean probability. Undefined where all are in one bin,
    one class is absent, or no line fits.

    Parameters
    ----------
    rows : Rows
        Of one group, arrays of shape (n_bins,).

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression",
    Biometrika 45; the error: White (1982), "Maximum likelihood estimation of
    misspecified models", Econometrica 50.
    """
    sums = _filled(rows.sums)
    p = np.clip(sums.p_sum / sums.n, CLIP, 1 - CLIP)
    powers = np.stack([np.ones_like(p), logit(p)])
    if p.size < powers.shape[0] or not 0 < sums.churn.sum() < sums.n.sum():
        return UNDEFINED
    line = np.array([0.0, 1.0])
    for _ in range(MAX_STEPS):
        fitted = expit(line @ powers)
        curvature = (powers * sums.n * fitted * (1 - fitted)) @ powers.T
        if np.linalg.cond(curvature) > 1 / CLIP**2:
            return UNDEFINED
        step = np.linalg.solve(curvature, powers @ (sums.churn - sums.n * fitted))
        line += np.clip(step, -LARGEST_STEP, LARGEST_STEP)
        if np.abs(step).max() <= SMALL_STEP:
            return Reading(line[1], _slope_error(rows, sums, powers, line))
    return UNDEFINED


def decile_residuals(rows: Rows) -> tuple[DecileResidual, ...]:
    """Churn expected and found by tenths of the scores, from the likeliest down.

    Bins are not split: a tenth holds those whose middle customer lies in it, and one
    that holds none is left out.
    """
    sums = rows.sums
    n_rows = float(sums.n.sum())
    above = n_rows - np.cumsum(sums.n) + sums.n / 2
    decile = np.minimum((above / max(n_rows, 1.0) * N_DECILES).astype(int), 9)
    share = float(rows.n_effective) / n_rows if n_rows else 0.0
    return tuple(
        _residual(sums, (decile == place) & (sums.n > 0), place + 1, share)
        for place in range(N_DECILES)
        if sums.n[decile == place].sum() > 0
    )


def _residual(
    sums: ChurnSums, bins: NDArray[np.bool_], decile: int, share: float
) -> DecileResidual:
    chosen = ChurnSums(*(part[bins] for part in vars(sums).values()))
    n = float(chosen.n.sum())
    found = ratio(chosen, "churn_rate", n * share)
    return DecileResidual(
        decile=decile,
        n=int(n),
        expected=float(chosen.p_sum.sum() / n),
        found=estimate("churn_rate", found, int(n)),
    )


def _filled(sums: ChurnSums) -> ChurnSums:
    """The bins that hold rows."""
    return ChurnSums(*(part[sums.n > 0] for part in vars(sums).values()))


def _slope_error(rows: Rows, sums: ChurnSums, powers: Floats, line: Floats) -> Floats:
    """The sandwich: rows' squared scores between two inverse curvatures."""
    fitted = expit(line @ powers)
    curvature = (powers * sums.n * fitted * (1 - fitted)) @ powers.T
    squares = sums.churn_square - 2 * fitted * sums.churn + fitted**2 * sums.n
    inverse = np.linalg.inv(curvature)
    spread = inverse @ ((powers * squares) @ powers.T) @ inverse
    repeats = sums.n.sum() / float(rows.n_effective)
    error: Floats = np.sqrt(spread[1, 1] * repeats)
    return error
