"""The difference of two areas under the ROC curve on the same rows, and its error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.integer]

FEWEST = 2
"""Customers of either class without whom there is no variance."""

ROUNDING = 1e-14
"""Errors below this are sums of rounding errors: no pair of a trillion differs."""


@dataclass(frozen=True)
class AucDifference:
    """What two models' areas differ by, ``first`` minus ``second``.

    Parameters
    ----------
    difference : float in [-1, 1]
    standard_error : float, at least 0
        0 where the rows show no variation: with a difference of 0 the two rank every
        pair alike, with another one nothing can be said about its error.
    first_auc, second_auc : float in [0, 1]
    n_churners, n_loyal : int
        Rows of either class.
    """

    difference: float
    standard_error: float
    first_auc: float
    second_auc: float
    n_churners: int
    n_loyal: int


def compare_auc(
    is_churn: Bools,
    first: Floats,
    second: Floats,
    customer: Integers | None = None,
) -> AucDifference | None:
    """Compare two models' ROC-AUC on the same rows, in O(n log n).

    Parameters
    ----------
    is_churn : ndarray of shape (n_rows,), bool
    first, second : ndarray of shape (n_rows,), float
        Scores, higher for likelier churners; equal scores count half a win.
    customer : ndarray of shape (n_rows,), int, optional
        Codes; rows of one customer are not independent, and the error allows for
        it. Without codes every row is a customer of its own.

    Returns
    -------
    AucDifference or None
        None where fewer than two customers churned, or fewer than two stayed.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), "Comparing the areas under two or more
    correlated receiver operating characteristic curves", Biometrics 44(3); by ranks:
    Sun & Xu (2014), "Fast implementation of DeLong's algorithm", IEEE Signal
    Processing Letters 21(11); rows of one customer: Obuchowski (1997),
    "Nonparametric analysis of clustered ROC curve data", Biometrics 53(2).

    Examples
    --------
    >>> churned = np.array([True, True, False, False])
    >>> good, poor = np.array([4.0, 3.0, 2.0, 1.0]), np.array([4.0, 1.0, 3.0, 2.0])
    >>> found = compare_auc(churned, good, poor)
    >>> found.first_auc, found.second_auc, found.difference
    (1.0, 0.5, 0.5)
    """
    n_churners, n_loyal = int(is_churn.sum()), int((~is_churn).sum())
    if min(n_churners, n_loyal) < FEWEST:
        return None
    of_first, of_second = _placements(is_churn, first), _placements(is_churn, second)
    error = _standard_error(is_churn, of_first - of_second, customer)
    if error is None:
        return None
    first_auc = float(np.mean(of_first[is_churn]))
    second_auc = float(np.mean(of_second[is_churn]))
    return AucDifference(
        difference=first_auc - second_auc,
        standard_error=error,
        first_auc=first_auc,
        second_auc=second_auc,
        n_churners=n_churners,
        n_loyal=n_loyal,
    )


def interval(found: AucDifference, *, error_rate: float) -> tuple[float, float]:
    """Limits of the true difference, each of which it crosses at ``error_rate``.

    Both together hold it with a probability of 1 - 2 * ``error_rate``. Where a
    difference other than 0 shows no variation they are -1 and 1.
    """
    if found.standard_error == 0 and found.difference != 0:
        return -1.0, 1.0
    reach = -float(ndtri(error_rate)) * found.standard_error
    return max(found.difference - reach, -1.0), min(found.difference + reach, 1.0)


def p_value(found: AucDifference, margin: float) -> float:
    """How likely as large a difference is when the true one is ``margin`` at most.

    Two models that rank every pair alike differ by 0 for certain: 0 below, 1 from a
    margin of 0 on. Where another difference shows no variation nothing is proven: 1.
    """
    if found.standard_error == 0:
        return 0.0 if found.difference == 0 and margin < 0 else 1.0
    return float(ndtr((margin - found.difference) / found.standard_error))


def _placements(is_churn: Bools, score: Floats) -> Floats:
    """Share of the other class that a row is on the right side of; ties count half."""
    order = np.argsort(score)
    churned, ranked = is_churn[order], score[order]
    is_new = np.append(True, ranked[1:] != ranked[:-1])
    starts = np.append(np.flatnonzero(is_new), score.size)
    middle = (starts[1:] + starts[:-1]) / 2
    caught = np.append(0, np.cumsum(churned))[starts]
    churners = (caught[1:] + caught[:-1]) / 2
    below = (middle - churners) / (score.size - caught[-1])
    above = 1 - churners / caught[-1]
    tie = np.cumsum(is_new) - 1
    share = np.empty(score.size)
    share[order] = np.where(churned, below[tie], above[tie])
    return share


def _standard_error(
    is_churn: Bools, gain: Floats, customer: Integers | None
) -> float | None:
    """Error of the mean gain of the rows; None with fewer than two customers a side."""
    code = _codes(customer, gain.size)
    churners, loyal = (_deviations(gain, side, code) for side in (is_churn, ~is_churn))
    n_churners, n_loyal = (_distinct(code[side]) for side in (is_churn, ~is_churn))
    if min(n_churners, n_loyal) < FEWEST:
        return None
    variance = (
        _unbiased(np.dot(churners, churners), n_churners)
        + _unbiased(np.dot(loyal, loyal), n_loyal)
        + 2 * _unbiased(np.dot(churners, loyal), churners.size)
    )
    error = float(np.sqrt(max(variance, 0.0)))
    return error if error > ROUNDING else 0.0


def _codes(customer: Integers | None, n_rows: int) -> Integers:
    if customer is None:
        return np.arange(n_rows)
    return np.unique(customer, return_inverse=True)[1]


def _distinct(code: Integers) -> int:
    return int(np.count_nonzero(np.bincount(code)))


def _deviations(gain: Floats, side: Bools, code: Integers) -> Floats:
    """Per customer: the sum of its rows' deviations from the mean, over the rows."""
    n_customers = int(code.max()) + 1
    deviation = gain[side] - gain[side].mean()
    total = np.bincount(code[side], weights=deviation, minlength=n_customers)
    return total / np.count_nonzero(side)


def _unbiased(products: np.float64, n_customers: int) -> float:
    """A sum of squares or products of deviations from an estimated mean, corrected."""
    return float(products) * n_customers / (n_customers - 1)
