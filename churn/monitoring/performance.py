"""What a model is worth, from sums of rows in the bins of the score, with its error.

One set of formulas serves labels that are known, unknown and still to come; see
``churn_sums``. Knows no dates and no tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from churn.evaluation.scorecard import Estimate, Figures
from churn.monitoring.churn_sums import ChurnSums, quotient
from churn.scoring.decision import Economics

Floats = NDArray[np.float64]

RATIOS = {
    "churn_rate": ((1, 0, 0, 1), (1, 0, 0, 1)),
    "recall": ((1, 0, 1, 0), (0, 0, 1, 0)),
    "precision": ((1, 0, 0, 1), (0, 0, 0, 0)),
    "f1": ((2, 0, 1, 1), (0, 0, 1, 0)),
    "accuracy": ((1, 0, 0, 1), (-1, 1, 0, 1)),
}
"""Figures that are a ratio of sums: of whoever is contacted, then of whoever is not,
the numerator's and the denominator's part of a row as ``a * churn + b``."""

BOUNDED = (*RATIOS, "roc_auc", "brier", "expected_churn_rate")
"""Figures that lie between 0 and 1, and so do their intervals."""


@dataclass(frozen=True)
class Reading:
    """A figure and its standard error, arrays of the leading axes; NaN: undefined."""

    value: Floats
    error: Floats


def figures(sums: ChurnSums, n_effective: Floats | float) -> dict[str, Reading]:
    """Every figure of every group, by name.

    Parameters
    ----------
    n_effective : float or ndarray of the leading axes
        How many independent rows the sums are worth: customers, not rows, where
        customers come again.
    """
    readings = {name: ratio(sums, name, n_effective) for name in RATIOS}
    return readings | {
        "roc_auc": roc_auc(sums, n_effective),
        "brier": brier(sums, n_effective),
        "expected_churn_rate": expected_churn_rate(sums, n_effective),
        "net_value_per_1000_eur": net_value(sums, n_effective),
    }


def roc_auc(sums: ChurnSums, n_effective: Floats | float) -> Reading:
    """Area under the ROC curve, rows of one bin counting half a win.

    NaN without churners or without loyal customers. The error is that of a mean of
    its influence function,
    ``c (L - A) / mean(c) + (1 - c) (U - A) / mean(1 - c)``, where ``L`` is the share
    of the loyal below a row, ``U`` that of the churners above it.

    References
    ----------
    For labels: DeLong et al. (1988), Biometrics 44(3). For probabilities: the expected
    confusion matrix at every threshold, as in "confidence-based performance
    estimation" (Białek et al. 2024, "Estimating model performance under covariate
    shift without labels", arXiv 2401.08348, section 3); the error is that of a
    U-statistic's first projection (van der Vaart 1998, *Asymptotic Statistics*, 12.1).
    """
    value, of_churner, of_loyal = _placements(sums)
    slope = of_churner - of_loyal
    squares = (
        slope**2 * sums.churn_square
        + 2 * slope * of_loyal * sums.churn
        + of_loyal**2 * sums.n
    )
    return Reading(
        value, _error(squares.sum(axis=-1), sums.n.sum(axis=-1), n_effective)
    )


def roc_auc_slopes(sums: ChurnSums) -> Floats:
    """By how much the area grows with each bin's churn rate, shape (..., n_bins)."""
    _, of_churner, of_loyal = _placements(sums)
    n = sums.n.sum(axis=-1, keepdims=True)
    return (of_churner - of_loyal) * quotient(sums.n, n)


def ratio(sums: ChurnSums, name: str, n_effective: Floats | float) -> Reading:
    """One of ``RATIOS``; its error by linearisation (the delta method)."""
    parts = list(zip(_parts(sums), RATIOS[name], strict=True))
    top = sum(a * c + b * n for (n, c, _), (a, b, _, _) in parts)
    bottom = sum(d * c + e * n for (n, c, _), (_, _, d, e) in parts)
    value = quotient(np.asarray(top), np.asarray(bottom), np.nan)
    squares = np.zeros_like(value)
    for (n, c, c_square), (a, b, d, e) in parts:
        of_churn, constant = a - value * d, b - value * e
        squares += of_churn**2 * c_square + 2 * of_churn * constant * c
        squares += constant**2 * n
    n_rows = sums.n.sum(axis=-1)
    per_row = quotient(np.asarray(bottom), n_rows, np.nan)
    return Reading(value, _error(squares, n_rows, n_effective) / _positive(per_row))


def brier(sums: ChurnSums, n_effective: Floats | float) -> Reading:
    """Mean squared error of the probabilities, those of a bin taken as its mean.

    Only the error rests on that, and the part of the value in which churn and
    probability meet.
    """
    p = quotient(sums.p_sum, sums.n)
    of_churn = 1 - 2 * p
    n_rows = sums.n.sum(axis=-1)
    total = (of_churn * sums.churn + sums.p_square_sum).sum(axis=-1)
    value = quotient(total, n_rows, np.nan)
    constant = p**2 - value[..., None]
    squares = of_churn**2 * sums.churn_square + 2 * of_churn * constant * sums.churn
    squares += constant**2 * sums.n
    return Reading(value, _error(squares.sum(axis=-1), n_rows, n_effective))


def expected_churn_rate(sums: ChurnSums, n_effective: Floats | float) -> Reading:
    """Mean of the probabilities."""
    return _mean(sums.n, sums.p_sum, sums.p_square_sum, n_effective)


def net_value(sums: ChurnSums, n_effective: Floats | float) -> Reading:
    """What contacting brings per 1,000 customers, contacted or not, EUR."""
    mean = _mean(sums.n, sums.net_eur, sums.net_square_eur, n_effective)
    return Reading(1000 * mean.value, 1000 * mean.error)


def net_value_slopes(sums: ChurnSums, economics: Economics) -> Floats:
    """By how much that grows with each bin's churn rate, shape (..., n_bins)."""
    if_loyal = -(economics.offer_eur + economics.contact_eur)
    gained = sums.net_eur - if_loyal * sums.n_contacted
    n = sums.n.sum(axis=-1, keepdims=True)
    gain = quotient(gained, sums.churn_contacted)
    slopes: Floats = 1000 * sums.n_contacted * gain / np.maximum(n, 1.0)
    return slopes


def estimates(
    readings: Mapping[str, Reading], n: int, *, level: float = 0.95
) -> Figures:
    """Figures with normal intervals of this level; shares end at 0 and 1."""
    return {k: estimate(k, reading, n, level=level) for k, reading in readings.items()}


def estimate(name: str, reading: Reading, n: int, *, level: float = 0.95) -> Estimate:
    """One figure with its normal interval; None where it is undefined.

    Examples
    --------
    >>> found = Reading(np.array(0.99), np.array(0.01))
    >>> found = estimate("roc_auc", found, 7)
    >>> round(found.low, 4), found.high
    (0.9704, 1.0)
    """
    value, error = float(reading.value), float(reading.error)
    if not np.isfinite(value):
        return Estimate(None, None, None, n)
    low, high = (0.0, 1.0) if name in BOUNDED else (-np.inf, np.inf)
    within = float(np.clip(value, low, high))
    if not np.isfinite(error):
        return Estimate(within, None, None, n)
    reach = float(ndtri((1 + level) / 2)) * error
    limits = np.clip([value - reach, value + reach], low, high)
    return Estimate(within, float(limits[0]), float(limits[1]), n)


def _placements(sums: ChurnSums) -> tuple[Floats, Floats, Floats]:
    """The area, and the influence of a whole churner and of a whole loyal in a bin."""
    loyal = sums.n - sums.churn
    churners, others = (x.sum(axis=-1, keepdims=True) for x in (sums.churn, loyal))
    below = quotient(np.cumsum(loyal, axis=-1) - loyal / 2, others, np.nan)
    beaten = np.cumsum(sums.churn, axis=-1) - sums.churn / 2
    above = 1 - quotient(beaten, churners, np.nan)
    area = quotient((sums.churn * below).sum(axis=-1, keepdims=True), churners, np.nan)
    n = sums.n.sum(axis=-1, keepdims=True)
    of_churner = (below - area) * quotient(n, churners, np.nan)
    of_loyal = (above - area) * quotient(n, others, np.nan)
    return area[..., 0], of_churner, of_loyal


def _parts(sums: ChurnSums) -> tuple[tuple[Floats, Floats, Floats], ...]:
    """Rows, churn and its square in total: of the contacted, then of the others."""
    contacted = (sums.n_contacted, sums.churn_contacted, sums.churn_square_contacted)
    everyone = (sums.n, sums.churn, sums.churn_square)
    of_contacted = tuple(part.sum(axis=-1) for part in contacted)
    of_all = tuple(part.sum(axis=-1) for part in everyone)
    others = tuple(a - b for a, b in zip(of_all, of_contacted, strict=True))
    n, c, c_square = of_contacted
    return (n, c, c_square), (others[0], others[1], others[2])


def _mean(
    n: Floats, values: Floats, squares: Floats, n_effective: Floats | float
) -> Reading:
    """Of all rows, from sums by bin."""
    n_rows, total = n.sum(axis=-1), values.sum(axis=-1)
    value = quotient(total, n_rows, np.nan)
    error = _error(squares.sum(axis=-1) - total * value, n_rows, n_effective)
    return Reading(value, error)


def _error(squares: Floats, n: Floats, n_effective: Floats | float) -> Floats:
    """Of the mean of n values of these squares, worth so many independent ones."""
    mean_square = np.maximum(quotient(squares, n, np.nan), 0.0)
    error: Floats = np.sqrt(quotient(mean_square, np.asarray(n_effective), np.nan))
    return error


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)
