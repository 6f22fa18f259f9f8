"""The most a ranking could earn: MPC and EMPC. Knows no thresholds in use."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import betainc

from churn.evaluation.weighting import Bools, Floats, Kernel, Weights
from churn.scoring.decision import Economics

PRIOR_STRENGTH = 20.0
"""Of the acceptance rate's beta distribution; with a mean of 0.3 it is Beta(6, 14)."""

NAMES = ("mpc_eur", "mpc_target_share", "empc_eur", "empc_target_share")


@dataclass(frozen=True)
class Hull:
    """Corners of the convex hull of the ROC curve, from nobody to everybody.

    ``churners`` and ``loyal`` are shares of all rows, not of their class:
    the shares of customers who are churners (or not) and get contacted.
    """

    churners: Floats
    loyal: Floats


def break_even_probability(customer_value: float, economics: Economics) -> float:
    """Probability of churn above which one contact pays.

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
    >>> round(break_even_probability(200, e), 3)
    0.164
    """
    offer, contact = economics.offer_eur, economics.contact_eur
    kept = economics.acceptance_rate * (customer_value - offer)
    return (offer + contact) / (kept + offer)


def convex_hull(is_churn: Bools, probability: Floats, weight: Floats) -> Hull:
    """Convex hull of the ROC curve, ties joined, rows of weight 0 ignored.

    The hull's edges are the blocks of the isotonic regression of the label on the
    score (Fawcett & Niculescu-Mizil 2007, "PAV and the ROC convex hull").
    """
    return _hull_of_order(*_by_score(is_churn, probability), weight)


def mpc(hull: Hull, customer_value: float, economics: Economics) -> tuple[float, float]:
    """Maximum profit per customer at a fixed acceptance rate, and whom to contact.

    Returns
    -------
    profit_eur : float
        At least 0: contacting nobody is always possible.
    target_share : float
        Share of customers contacted at that point.

    References
    ----------
    Verbraken, Verbeke, Baesens (2013), "A novel profit maximizing metric for
    measuring classification performance of customer churn prediction models",
    IEEE TKDE 25(5).
    """
    rate = economics.acceptance_rate
    profit = rate * _kept(hull, customer_value, economics) - _cost(hull, economics)
    best = int(np.argmax(profit))
    return float(profit[best]), float(hull.churners[best] + hull.loyal[best])


def empc(
    hull: Hull, customer_value: float, economics: Economics
) -> tuple[float, float]:
    """Expected maximum profit per customer when the acceptance rate is uncertain.

    The rate follows a beta distribution whose mean is the economics' own rate and
    whose two parameters add up to 20: the published Beta(6, 14) at 0.3.

    Returns
    -------
    profit_eur, target_share : float
        Both expected over the acceptance rate, each rate with its best point.

    References
    ----------
    Verbraken, Verbeke, Baesens (2013), as for ``mpc``.
    """
    a = PRIOR_STRENGTH * economics.acceptance_rate
    b = PRIOR_STRENGTH - a
    kept, cost = _kept(hull, customer_value, economics), _cost(hull, economics)
    limits = _switching_rates(kept, cost)
    chance = np.diff(betainc(a, b, limits))
    mean_rate = a / (a + b) * np.diff(betainc(a + 1, b, limits))
    profit = kept @ mean_rate - cost @ chance
    return float(profit), float((hull.churners + hull.loyal) @ chance)


def profits(
    is_churn: Bools, probability: Floats, customer_value: float, economics: Economics
) -> Kernel:
    """MPC and EMPC with their target shares.

    Undefined where keeping a customer does not pay for the offer, and where nobody or
    everybody accepts, so that there is no distribution to expect over.

    Parameters
    ----------
    customer_value : float, EUR per year
        One value for all, as the formulas demand; the mean of the rows is meant.
    """
    rows = _by_score(is_churn, probability)
    pays = customer_value > economics.offer_eur and 0 < economics.acceptance_rate < 1

    def figures(weight: Floats) -> tuple[float, ...]:
        if not pays or not weight.any():
            return (np.nan,) * len(NAMES)
        hull = _hull_of_order(*rows, weight)
        fixed = mpc(hull, customer_value, economics)
        return *fixed, *empc(hull, customer_value, economics)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        columns = np.array([figures(w) for w in np.ascontiguousarray(weights.T)])
        return dict(zip(NAMES, columns.T, strict=True))

    return measure


def _by_score(
    is_churn: Bools, probability: Floats
) -> tuple[Bools, np.ndarray, np.ndarray]:
    """Labels by falling score, their rows, and where runs of equal scores start."""
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=np.nan))
    return is_churn[order], order, starts


def _hull_of_order(
    is_churn: Bools, order: np.ndarray, starts: np.ndarray, weight: Floats
) -> Hull:
    ranked = weight[order] / weight.sum()
    size = np.add.reduceat(ranked, starts)
    churners = np.add.reduceat(ranked * is_churn, starts)[size > 0]
    size = size[size > 0]
    blocks = isotonic_regression(churners / size, weights=size, increasing=False).blocks
    firsts = blocks[:-1]
    churners = np.cumsum(np.add.reduceat(churners, firsts))
    everyone = np.cumsum(np.add.reduceat(size, firsts))
    return Hull(np.append(0.0, churners), np.append(0.0, everyone - churners))


def _kept(hull: Hull, customer_value: float, economics: Economics) -> Floats:
    """What contacting would bring if every churner accepted, EUR per customer."""
    return hull.churners * (customer_value - economics.offer_eur)


def _cost(hull: Hull, economics: Economics) -> Floats:
    """What contacting costs whoever accepts: contacts, and offers to the loyal."""
    contact = economics.contact_eur
    return hull.churners * contact + hull.loyal * (economics.offer_eur + contact)


def _switching_rates(kept: Floats, cost: Floats) -> Floats:
    """Acceptance rates between which each corner of the hull is the best, 0 to 1."""
    more_kept, more_cost = np.diff(kept), np.diff(cost)
    never = np.ones_like(more_kept)
    worth = np.divide(more_cost, more_kept, out=never, where=more_kept > 0)
    rising = np.maximum.accumulate(np.clip(worth, 0.0, 1.0))
    return np.concatenate([[0.0], rising, [1.0]])
