"""Distances between counts in the same bins, each finite whatever the counts.

``reference`` and ``current`` are arrays of shape (n_bins,) with at least one row each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kstwobign

Counts = NDArray[np.float64]
HALF = 0.5


@dataclass(frozen=True)
class Index:
    """A population stability index with what sampling alone makes of it."""

    value: float
    corrected: float
    standard_error: float


def smoothed(reference: Counts, current: Counts) -> tuple[Counts, Counts]:
    """Shares by bin, half a row added to each; bins empty on both sides are left out.

    So an empty bin is no infinite surprise, and one that nobody is in no surprise.

    Examples
    --------
    >>> p, q = smoothed(np.array([3.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    >>> p.tolist(), q.tolist()
    ([0.875, 0.125], [0.25, 0.75])
    """
    is_met = reference + current > 0
    p, q = reference[is_met] + HALF, current[is_met] + HALF
    return p / p.sum(), q / q.sum()


def stability(
    reference: Counts, current: Counts, *, n_reference: float, n_current: float
) -> Index:
    """Population stability index, ``sum((q - p) log(q / p))`` over smoothed shares.

    Where nothing changed, the index over ``1 / n + 1 / m`` follows a chi-square of
    B - 1 degrees of freedom: hence the mean that the corrected one is rid of,
    ``(B - 1) (1 / n + 1 / m)``, and the variance ``2 (B - 1) (1 / n + 1 / m)^2``.
    Where shares differ, the delta method adds its variance, less the
    ``4 (B - 1) (1 / n + 1 / m)^2`` that it is on average where they do not.

    Parameters
    ----------
    n_reference, n_current : float
        Rows that say something of their own: what sampling errors go by.

    References
    ----------
    Yurdakul, Naranjo (2020), "Statistical properties of the population stability
    index", Journal of Risk Model Validation 14(4): the distribution under no change.

    Examples
    --------
    >>> same = np.array([50.0, 50.0])
    >>> found = stability(same, 10 * same, n_reference=100, n_current=1000)
    >>> found.value, round(found.corrected, 4)
    (0.0, -0.011)
    """
    p, q = smoothed(reference, current)
    log = np.log(q / p)
    spread = 1 / n_reference + 1 / n_current
    chance = (len(p) - 1) * spread
    by_q, by_p = log + 1 - p / q, -log + 1 - q / p
    slopes = _variance(by_q, q) / n_current + _variance(by_p, p) / n_reference
    variance = max(slopes - 4 * chance * spread, 0.0) + 2 * chance * spread
    value = float(((q - p) * log).sum())
    return Index(value, value - chance, float(np.sqrt(variance)))


def kolmogorov_smirnov(
    reference: Counts, current: Counts, *, n_reference: float, n_current: float
) -> tuple[float, float]:
    """Largest distance of the cumulated shares at the bins' edges, and its p-value.

    The p-value is that of the limit distribution. Between the edges the distance may
    be larger, so that it is too large rather than too small.

    References
    ----------
    Smirnov (1939); scipy.stats.kstwobign.
    """
    steps = np.cumsum(current / current.sum()) - np.cumsum(reference / reference.sum())
    distance = min(float(np.abs(steps).max()), 1.0)
    size = n_reference * n_current / (n_reference + n_current)
    return distance, float(kstwobign.sf(np.sqrt(size) * distance))


def jensen_shannon(reference: Counts, current: Counts) -> float:
    """Distance to base 2, 0 to 1: the root of the divergence, nothing smoothed.

    References
    ----------
    Lin (1991), "Divergence measures based on the Shannon entropy", IEEE Transactions
    on Information Theory 37(1); the root is a metric (Endres, Schindelin 2003).
    """
    p, q = reference / reference.sum(), current / current.sum()
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return float(np.sqrt(min(max(divergence / np.log(2), 0.0), 1.0)))


def kullback_leibler(reference: Counts, current: Counts) -> float:
    """Divergence of the current from the reference, nats, over smoothed shares.

    References
    ----------
    Kullback, Leibler (1951), "On information and sufficiency", Annals of
    Mathematical Statistics 22(1).
    """
    p, q = smoothed(reference, current)
    return max(_relative_entropy(q, p), 0.0)


def _relative_entropy(p: Counts, q: Counts) -> float:
    """``sum(p log(p / q))`` where 0 log 0 is 0 and q is 0 only where p is."""
    met = p > 0
    return float((p[met] * np.log(p[met] / q[met])).sum())


def _variance(values: Counts, share: Counts) -> float:
    """Of the value drawn with these shares."""
    mean = (share * values).sum()
    return float((share * (values - mean) ** 2).sum())
