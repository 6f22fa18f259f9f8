"""What a model is worth, from sums of rows in the bins of the score, with its error.

Each row enters with how much of a churner it is: its probability where nobody knows
yet, 1 or 0 by its label, and 1 over the share of churners seen so far where labels are
still to come. One set of formulas serves them all. Knows no dates and no tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from churn.errors import DataError
from churn.evaluation.scorecard import Estimate, Figures
from churn.monitoring.scores import ScoreCounts

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


@dataclass(frozen=True, eq=False)
class ChurnSums:
    """Sums over rows by bin of the score, arrays of shape (..., n_bins).

    Leading axes are groups, days or whatever is looked at side by side.

    Parameters
    ----------
    n, n_contacted : rows
    p_sum, p_square_sum : of the probabilities
    churn, churn_square : of how much of a churner each row is, and of its square
    churn_contacted, churn_square_contacted : the same of the contacted
    net_eur, net_square_eur : of the net value of the contacted, and of its square
    """

    n: Floats
    p_sum: Floats
    p_square_sum: Floats
    churn: Floats
    churn_square: Floats
    n_contacted: Floats
    churn_contacted: Floats
    churn_square_contacted: Floats
    net_eur: Floats
    net_square_eur: Floats

    def __add__(self, other: Self) -> Self:
        """The sums of the rows of both."""
        names = (field.name for field in fields(self))
        return type(self)(*(getattr(self, k) + getattr(other, k) for k in names))

    def __getitem__(self, index: int) -> "ChurnSums":
        """One of the first axis."""
        return ChurnSums(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True)
class Reading:
    """A figure and its standard error, arrays of the leading axes; NaN: undefined."""

    value: Floats
    error: Floats


def expected(counts: ScoreCounts) -> ChurnSums:
    """Sums of scores whose labels nobody knows: each probability at its word."""
    share = _over(counts.p_contacted_sum, counts.p_sum)
    return ChurnSums(
        n=counts.n.astype(np.float64),
        p_sum=counts.p_sum,
        p_square_sum=counts.p_square_sum,
        churn=counts.p_sum,
        churn_square=counts.p_square_sum,
        n_contacted=counts.n_contacted.astype(np.float64),
        churn_contacted=counts.p_contacted_sum,
        churn_square_contacted=counts.p_square_sum * share,
        net_eur=counts.net_sum_eur,
        net_square_eur=counts.net_square_sum_eur,
    )


def known(counts: ScoreCounts) -> ChurnSums:
    """Sums of scores by their labels.

    Raises
    ------
    DataError
        If the counts hold no labels.
    """
    if counts.n_churners is None or counts.n_contacted_churners is None:
        raise DataError("expected counts with labels, found some without")
    churners = counts.n_churners.astype(np.float64)
    of_contacted = counts.n_contacted_churners.astype(np.float64)
    return ChurnSums(
        n=counts.n.astype(np.float64),
        p_sum=counts.p_sum,
        p_square_sum=counts.p_square_sum,
        churn=churners,
        churn_square=churners,
        n_contacted=counts.n_contacted.astype(np.float64),
        churn_contacted=of_contacted,
        churn_square_contacted=of_contacted,
        net_eur=np.asarray(counts.realised_net_sum_eur, np.float64),
        net_square_eur=np.asarray(counts.realised_net_square_sum_eur, np.float64),
    )


def stacked(sums: list[ChurnSums]) -> ChurnSums:
    """Several side by side, along a new first axis."""
    names = (field.name for field in fields(ChurnSums))
    return ChurnSums(*(np.stack([getattr(one, k) for one in sums]) for k in names))


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
    return (of_churner - of_loyal) * _over(sums.n, n)


def ratio(sums: ChurnSums, name: str, n_effective: Floats | float) -> Reading:
    """One of ``RATIOS``; its error by linearisation (the delta method)."""
    parts = list(zip(_parts(sums), RATIOS[name], strict=True))
    top = sum(a * c + b * n for (n, c, _), (a, b, _, _) in parts)
    bottom = sum(d * c + e * n for (n, c, _), (_, _, d, e) in parts)
    value = _over(np.asarray(top), np.asarray(bottom), np.nan)
    squares = np.zeros_like(value)
    for (n, c, c_square), (a, b, d, e) in parts:
        of_churn, constant = a - value * d, b - value * e
        squares += of_churn**2 * c_square + 2 * of_churn * constant * c
        squares += constant**2 * n
    n_rows = sums.n.sum(axis=-1)
    per_row = _over(np.asarray(bottom), n_rows, np.nan)
    return Reading(value, _error(squares, n_rows, n_effective) / _positive(per_row))


def brier(sums: ChurnSums, n_effective: Floats | float) -> Reading:
    """Mean squared error of the probabilities, those of a bin taken as its mean.

    Only the error rests on that, and the part of the value in which churn and
    probability meet.
    """
    p = _over(sums.p_sum, sums.n)
    of_churn = 1 - 2 * p
    n_rows = sums.n.sum(axis=-1)
    total = (of_churn * sums.churn + sums.p_square_sum).sum(axis=-1)
    value = _over(total, n_rows, np.nan)
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
    below = _over(np.cumsum(loyal, axis=-1) - loyal / 2, others, np.nan)
    above = 1 - _over(np.cumsum(sums.churn, axis=-1) - sums.churn / 2, churners, np.nan)
    area = _over((sums.churn * below).sum(axis=-1, keepdims=True), churners, np.nan)
    n = sums.n.sum(axis=-1, keepdims=True)
    of_churner = (below - area) * _over(n, churners, np.nan)
    of_loyal = (above - area) * _over(n, others, np.nan)
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
    value = _over(total, n_rows, np.nan)
    error = _error(squares.sum(axis=-1) - total * value, n_rows, n_effective)
    return Reading(value, error)


def _error(squares: Floats, n: Floats, n_effective: Floats | float) -> Floats:
    """Of the mean of n values of these squares, worth so many independent ones."""
    mean_square = np.maximum(_over(squares, n, np.nan), 0.0)
    error: Floats = np.sqrt(_over(mean_square, np.asarray(n_effective), np.nan))
    return error


def _over(top: Floats, bottom: Floats, otherwise: float = 0.0) -> Floats:
    """Divide where the denominator is positive."""
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    result: Floats = np.full(shape, otherwise)
    return np.divide(top, bottom, out=result, where=np.asarray(bottom) > 0)


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)
