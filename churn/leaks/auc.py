"""ROC-AUC with the influence of each customer on it. Knows no feature.

Rows of one customer are not independent, and two scores of the same rows even less
so. Influences add up by customer and subtract between scores, so that the interval
of whatever is computed from several AUCs needs no resampling.
"""

from dataclasses import dataclass

import numpy as np

from churn.evaluation.curves import Z
from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Bools, Floats, Integers

GUESSING = 0.5


@dataclass(frozen=True)
class Auc:
    """A ROC-AUC of ``n`` rows.

    Parameters
    ----------
    influence : ndarray of shape (n_customers,)
        First-order change of ``value`` by each customer's rows; they add up to 0.
    """

    value: float
    influence: Floats
    n: int

    @property
    def lead(self) -> float:
        """By how much it is better than guessing."""
        return self.value - GUESSING

    @property
    def estimate(self) -> Estimate:
        """The value with its interval."""
        return interval(self.value, self.influence, self.n)


def auc(score: Floats, is_churn: Bools, customer: Integers) -> Auc | None:
    """ROC-AUC whose interval treats a customer's rows as one observation.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
    is_churn : ndarray of shape (n_rows,), bool
    customer : ndarray of shape (n_rows,), int
        Codes 0..n_customers-1.

    Returns
    -------
    Auc or None
        None with fewer than two customers, or one class only.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44, for placements as
    influences; Obuchowski (1997), Biometrics 53, for their sums by cluster.
    """
    n_customers = int(customer.max(initial=-1)) + 1
    if is_churn.all() or not is_churn.any() or n_customers < 2:  # noqa: PLR2004
        return None
    wins = np.empty(score.size)
    wins[is_churn] = _share_below(score[is_churn], score[~is_churn])
    wins[~is_churn] = 1 - _share_below(score[~is_churn], score[is_churn])
    value = float(wins[is_churn].mean())
    share = np.where(is_churn, 1 / is_churn.sum(), 1 / (~is_churn).sum())
    gained = (wins - value) * share
    influence = np.bincount(customer, gained, minlength=n_customers).astype(np.float64)
    return Auc(value, influence, score.size)


def vanished(later: Auc, earlier: Auc) -> Estimate:
    """How much more of a lead over guessing is lost earlier than is kept.

    ``(later - earlier) - (earlier - 0.5)``: the whole lead if nothing is kept, 0 if
    half of it is. The share that is lost would be as large for a lead that is hardly
    any, where it means nothing. Ranking worse than guessing keeps nothing.
    """
    value = later.lead - 2 * max(0.0, earlier.lead)
    return interval(value, later.influence - 2 * earlier.influence, later.n)


def interval(value: float, influence: Floats, n: int) -> Estimate:
    """A figure with its 95 % interval, from what each customer contributes."""
    n_customers = influence.size
    spread = np.sqrt(n_customers / (n_customers - 1) * float(influence @ influence))
    return Estimate(value, float(value - Z * spread), float(value + Z * spread), n)


def _share_below(of: Floats, among: Floats) -> Floats:
    """For each value the share of others below it; equal ones count half."""
    ranked = np.sort(among)
    below = np.searchsorted(ranked, of, side="left")
    up_to = np.searchsorted(ranked, of, side="right")
    shares: Floats = (below + up_to) / 2 / among.size
    return shares
