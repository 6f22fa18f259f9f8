"""The simplest candidate that the data cannot tell from the best."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from churn.model.spaces import KINDS

Floats = NDArray[np.float64]
SMALLEST = 1e-15


@dataclass(frozen=True)
class Gap:
    """How much worse than the best on average, and how sure that is."""

    mean: float
    standard_error: float


def row_losses(churned: NDArray[np.int64], probability: Floats) -> Floats:
    """Log loss of each row, in nats; probabilities are kept off 0 and 1.

    Examples
    --------
    >>> row_losses(np.array([1, 0]), np.array([0.5, 0.0])).round(3)
    array([0.693, 0.   ])
    """
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return np.where(churned == 1, -np.log(p), -np.log1p(-p))


def paired_gap(losses: Floats, best: Floats, customers: NDArray[np.int64]) -> Gap:
    """Mean difference of two losses on the same rows, its error by customer.

    Parameters
    ----------
    losses, best : ndarray of shape (n_rows,)
    customers : ndarray of shape (n_rows,), int
        Rows of one customer are not independent; their sum counts once.

    References
    ----------
    Cameron, Miller (2015), "A Practitioner's Guide to Cluster-Robust Inference",
    Journal of Human Resources 50(2), for a mean.

    Examples
    --------
    >>> paired_gap(np.array([1.0, 3.0]), np.array([1.0, 1.0]), np.array([0, 1]))
    Gap(mean=1.0, standard_error=1.0)
    """
    difference = losses - best
    mean = float(difference.mean())
    _, cluster = np.unique(customers, return_inverse=True)
    sums = np.bincount(cluster, weights=difference - mean)
    n_clusters = len(sums)
    if n_clusters == 1:
        return Gap(mean, 0.0)
    spread = np.sum(sums**2) * n_clusters / (n_clusters - 1)
    return Gap(mean, float(np.sqrt(spread)) / len(difference))


def gaps_to_best(
    losses: Mapping[str, Floats], customers: NDArray[np.int64]
) -> dict[str, Gap]:
    """Each kind's gap to the kind of lowest mean loss."""
    best = min(losses, key=lambda kind: float(losses[kind].mean()))
    return {
        kind: paired_gap(rows, losses[best], customers) for kind, rows in losses.items()
    }


def simplest_within_one_error(gaps: Mapping[str, Gap]) -> str:
    """The first of ``KINDS`` whose gap is at most one standard error of that gap.

    References
    ----------
    Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees* (1984),
    section 3.4.3, with the error of the paired difference.

    Examples
    --------
    >>> best, near, far = Gap(0.0, 0.0), Gap(0.01, 0.02), Gap(0.03, 0.02)
    >>> simplest_within_one_error({"xgboost": best, "random_forest": near})
    'random_forest'
    >>> simplest_within_one_error({"xgboost": best, "random_forest": far})
    'xgboost'
    """
    near = (k for k in KINDS if k in gaps and gaps[k].mean <= gaps[k].standard_error)
    return next(near)
