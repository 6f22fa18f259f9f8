"""By how much a model is worse than it was, each with its errors. Decides nothing.

Arrays have the shape of the leading axes of what is looked at: groups, or days by
groups. Above 0 is worse.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from churn.monitoring.churn_sums import ChurnSums, quotient
from churn.monitoring.performance import (
    expected_churn_rate,
    net_value,
    net_value_slopes,
    ratio,
    roc_auc,
    roc_auc_slopes,
)
from churn.scoring.decision import Economics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rows:
    """What is known of rows: sums by bin, and how many independent rows they are worth.

    Parameters
    ----------
    sums : ChurnSums, arrays of shape (..., n_bins)
    n_effective : ndarray of shape (...)
    """

    sums: ChurnSums
    n_effective: Floats

    def is_enough(self, *, fewest_rows: int, fewest_churners: int) -> Bools:
        """Whether rows, churners and loyal are as many as a test needs."""
        n = self.sums.n.sum(axis=-1)
        churn = self.sums.churn.sum(axis=-1)
        weight = quotient(self.n_effective, n)
        fewest = np.minimum(churn, n - churn) * weight
        enough: Bools = (
            np.minimum(self.n_effective / fewest_rows, fewest / fewest_churners) >= 1
        )
        return enough


@dataclass(frozen=True, eq=False)
class Loss:
    """Losses with the standard errors of what is looked at and of the reference."""

    value: Floats
    error: Floats
    reference_error: Floats

    @property
    def total_error(self) -> Floats:
        """Of the difference."""
        return np.hypot(self.error, self.reference_error)


def estimated_ranking(reference: Rows, outcomes: ChurnSums, current: Rows) -> Loss:
    """ROC-AUC lost because other customers are scored, labels being unknown.

    Both areas take the probabilities at their word. How far these may be wrong is told
    by the reference's outcomes: what an error of a bin's churn rate does to one area
    less what it does to the other, which is nothing where the scores are as they were.

    Parameters
    ----------
    reference, current : Rows
        With probabilities for labels, ``churn_sums.expected``.
    outcomes : ChurnSums
        The reference's labels, ``churn_sums.known``.
    """
    before = roc_auc(reference.sums, reference.n_effective)
    after = roc_auc(current.sums, current.n_effective)
    slopes = roc_auc_slopes(reference.sums) - roc_auc_slopes(current.sums)
    of_rates = rate_error(slopes, outcomes, reference.n_effective)
    return Loss(
        value=before.value - after.value,
        error=after.error,
        reference_error=np.hypot(before.error, of_rates),
    )


def matured_ranking(reference: Rows, current: Rows) -> Loss:
    """ROC-AUC lost, by labels on both sides (``churn_sums.known``)."""
    before = roc_auc(reference.sums, reference.n_effective)
    after = roc_auc(current.sums, current.n_effective)
    shape = np.broadcast_shapes(before.value.shape, after.value.shape)
    return Loss(
        value=before.value - after.value,
        error=after.error,
        reference_error=np.broadcast_to(before.error, shape),
    )


def miscalibration(reference: Rows, current: Rows) -> Loss:
    """Churners beyond, or short of, what was expected, as a share of the expected.

    With labels on both sides. The reference's share of churners bounds how well the
    probabilities could be fitted to it.
    """
    found = ratio(current.sums, "churn_rate", current.n_effective)
    promised = expected_churn_rate(current.sums, current.n_effective).value
    before = ratio(reference.sums, "churn_rate", reference.n_effective)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(promised > 0, found.value / promised - 1, np.nan)
        error = np.where(promised > 0, found.error / promised, np.nan)
        of_reference = np.where(before.value > 0, before.error / before.value, np.nan)
    return Loss(np.abs(relative), error, np.broadcast_to(of_reference, error.shape))


def broken_promise(
    reference: Rows, promised: Rows, current: Rows, economics: Economics
) -> Loss:
    """Net value promised by the scores less what it was, EUR per 1,000 customers.

    The same rows in ``promised`` and ``current``, once with probabilities and once with
    labels. The error is that of what it was, as if the promise said nothing about it:
    too large rather than too small. That of the reference is how far its labels left
    the churn rate of each score unknown, in money of those who are contacted now.
    """
    found = net_value(current.sums, current.n_effective)
    said = net_value(promised.sums, promised.n_effective)
    slopes = net_value_slopes(promised.sums, economics)
    of_rates = rate_error(slopes, reference.sums, reference.n_effective)
    return Loss(said.value - found.value, found.error, of_rates)


def rate_error(slopes: Floats, outcomes: ChurnSums, n_effective: Floats) -> Floats:
    """Error of a figure through the churn rates of the bins, estimated from outcomes.

    Parameters
    ----------
    slopes : ndarray of shape (..., n_bins)
        By how much the figure grows with each bin's rate.
    outcomes : ChurnSums
        With labels. A bin of n rows with k churners has the rate (k + 1/2) / (n + 1)
        for its variance, so that none is taken for certain (Jeffreys' prior).
    """
    rate = (outcomes.churn + 0.5) / (outcomes.n + 1)
    n = outcomes.n.sum(axis=-1)
    repeats = quotient(n, n_effective, 1.0)
    variance = rate * (1 - rate) / (outcomes.n + 1) * repeats[..., None]
    # Of a bin that the reference never saw the rate is not known at all: 1/2 +- 1/2.
    error: Floats = np.sqrt((slopes**2 * variance).sum(axis=-1))
    return error
