"""Whom to contact, and in which order, when not everybody can be.

A longer list only ever adds to a shorter one: what money or time allows is a cut
through one ranking, so that a list can be worked from the top.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from churn.ranges import at_least, within
from churn.scoring.decision import Economics, expected_net_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

ROUNDING = 1e-9
"""So that 29 % of 100 customers are 29: in floats they are 28.999999999999996."""


@dataclass(frozen=True)
class TargetPlan:
    """How far down the ranking to go; None sets no bound, and several all hold.

    Parameters
    ----------
    budget_eur : float or None
        The most that the list may be expected to cost, as in ``expected_cost``.
    most_customers : int or None
        The most that can be contacted.
    share : float in [0, 1] or None
        As ``most_customers``, of all who were scored; rounded down.
    """

    budget_eur: float | None
    most_customers: int | None
    share: float | None

    def __post_init__(self) -> None:
        """Refuse negative bounds and a share that is none."""
        if self.budget_eur is not None:
            at_least("scoring.targets.budget_eur", self.budget_eur, 0)
        if self.most_customers is not None:
            at_least("scoring.targets.most_customers", self.most_customers, 0)
        if self.share is not None:
            within("scoring.targets.share", self.share, 0, 1)


def expected_cost(probability: Floats, economics: Economics) -> Floats:
    """What contacting each customer costs on average, whatever it brings.

    A contact always costs; the offer costs wherever it is accepted: by every loyal
    customer, and by the share of churners who accept. It is the cost within
    ``expected_net_value``: that is what is kept, ``probability * acceptance_rate *
    customer_value``, less this.

    Parameters
    ----------
    probability : ndarray of shape (n_customers,), float in [0, 1]

    Returns
    -------
    ndarray of shape (n_customers,), EUR

    References
    ----------
    Verbraken, Verbeke, Baesens (2013), "A novel profit maximizing metric",
    IEEE TKDE 25(5): the cost terms of the profit of one contact.

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
    >>> expected_cost(np.array([0.0, 1.0]), e)
    array([11.,  4.])
    """
    accepts = probability * economics.acceptance_rate + (1 - probability)
    return economics.contact_eur + economics.offer_eur * accepts


def net_value_variance(
    probability: Floats, customer_value: Floats, economics: Economics
) -> Floats:
    """Variance of what contacting each customer brings, by chance alone.

    It is that of a variable with three outcomes: a churner who accepts
    (``probability * acceptance_rate``), a churner who leaves all the same, and a
    loyal customer, with the gains of ``expected_net_value``. That the probability or
    the acceptance rate may be wrong comes on top.

    Parameters
    ----------
    probability : ndarray of shape (n_customers,), float in [0, 1]
    customer_value : ndarray of shape (n_customers,), EUR per year

    Returns
    -------
    ndarray of shape (n_customers,), EUR squared

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=0, acceptance_rate=1)
    >>> net_value_variance(np.array([0.5, 1.0]), np.array([30.0, 30.0]), e)
    array([225.,   0.])
    """
    offer, contact = economics.offer_eur, economics.contact_eur
    keeps = probability * economics.acceptance_rate
    leaves = probability - keeps
    mean = expected_net_value(probability, customer_value, economics)
    squares = (
        keeps * (customer_value - offer - contact) ** 2
        + leaves * contact**2
        + (1 - probability) * (offer + contact) ** 2
    )
    return np.maximum(squares - mean**2, 0.0)


def target_ranks(
    probability: Floats,
    customer_value: Floats,
    economics: Economics,
    plan: TargetPlan,
    *,
    has_left: Bools | None = None,
) -> Ints:
    """Each customer's place on the target list, from 1; 0 for who is not on it.

    The highest expected net value comes first, and nobody is listed for whom a
    contact is expected to cost more than it brings. The list ends before the first
    customer who would exceed a bound of the plan, even where a cheaper one would
    still fit: so a larger budget never takes anybody off.

    Parameters
    ----------
    probability : ndarray of shape (n_customers,), float in [0, 1]
        In the order of ``customer_id``; of equal net values the first wins.
    customer_value : ndarray of shape (n_customers,), EUR per year
    has_left : ndarray of shape (n_customers,), bool, or None
        Who is a customer no longer, and is never listed. None: nobody.

    Returns
    -------
    ndarray of shape (n_customers,), int32

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
    >>> p, value = np.array([0.9, 0.1, 0.5]), np.array([200.0, 200.0, 900.0])
    >>> target_ranks(p, value, e, TargetPlan(None, None, None))
    array([2, 0, 1], dtype=int32)
    >>> target_ranks(p, value, e, TargetPlan(None, 1, None))
    array([0, 0, 1], dtype=int32)
    """
    net = expected_net_value(probability, customer_value, economics)
    is_there = np.ones(len(net), dtype=np.bool_) if has_left is None else ~has_left
    worth = np.flatnonzero((net > 0) & is_there)
    order = worth[np.argsort(-net[worth], kind="stable")]
    cost = np.cumsum(expected_cost(probability[order], economics))
    n_listed = _n_listed(cost, plan, n_customers=len(probability))
    ranks = np.zeros(len(probability), dtype=np.int32)
    ranks[order[:n_listed]] = np.arange(1, n_listed + 1)
    return ranks


def _n_listed(cost: Floats, plan: TargetPlan, *, n_customers: int) -> int:
    """How many of the ranking's first meet every bound."""
    bounds = [len(cost)]
    if plan.budget_eur is not None:
        bounds.append(int(np.searchsorted(cost, plan.budget_eur + ROUNDING, "right")))
    if plan.most_customers is not None:
        bounds.append(plan.most_customers)
    if plan.share is not None:
        bounds.append(most_of_share(plan.share, n_customers))
    return min(bounds)


def most_of_share(share: float, n_customers: int) -> int:
    """How many customers are a share of all, rounded down.

    Examples
    --------
    >>> most_of_share(0.29, 100), most_of_share(0.29, 99)
    (29, 28)
    """
    return int(share * n_customers + ROUNDING)
