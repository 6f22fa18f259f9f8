"""Paired differences of two models as sequences that later rows only extend.

Positive where the challenger is better; each lies in [-1, 1]. Rows come in the order
in which they are looked at. A customer counts once, at its earliest row: its rows are
not independent, and a sequence that is bet on must not change once it has been seen.
"""

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.integer]


def earliest(customer: Integers) -> Integers:
    """Each customer's earliest row, in row order.

    Examples
    --------
    >>> earliest(np.array([7, 3, 7, 3, 5]))
    array([0, 1, 4])
    """
    return np.sort(np.unique(customer, return_index=True)[1])


def brier_gains(
    is_churn: Bools, challenger: Floats, champion: Floats, customer: Integers
) -> Floats:
    """By how much the squared error falls, customer by customer.

    Parameters
    ----------
    challenger, champion : ndarray of shape (n_rows,), float in [0, 1]
    customer : ndarray of shape (n_rows,), int
        Codes of any kind.

    Returns
    -------
    ndarray of shape (n_customers,), float in [-1, 1]
        Their mean is the difference of the two Brier scores.

    Examples
    --------
    >>> churned, codes = np.array([True, False]), np.array([0, 1])
    >>> brier_gains(churned, np.array([1.0, 0.5]), np.array([0.5, 0.0]), codes)
    array([ 0.25, -0.25])
    """
    rows = earliest(customer)
    errors = (p[rows] - is_churn[rows] for p in (challenger, champion))
    ours, theirs = (error**2 for error in errors)
    gains: Floats = theirs - ours
    return gains


def net_value_gains(
    challenger_eur: Floats,
    champion_eur: Floats,
    customer: Integers,
    *,
    most_eur: float,
) -> Floats:
    """By how much more the challenger's contacts bring, customer by customer.

    Parameters
    ----------
    challenger_eur, champion_eur : ndarray of shape (n_rows,), EUR
        What each model's decision brought: 0 for whoever it leaves alone.
    most_eur : float, above 0
        A larger difference counts as this one; stated before the rows are seen.

    Returns
    -------
    ndarray of shape (n_customers,), float in [-1, 1]
        In units of ``most_eur``. Their mean is the mean difference in net value only
        as far as no difference is larger. Losses beyond the cap are as invisible as
        gains: choose it above what nearly every customer is worth.

    Examples
    --------
    >>> ours, theirs = np.array([50.0, 900.0]), np.array([-16.0, 0.0])
    >>> net_value_gains(ours, theirs, np.array([0, 1]), most_eur=100)
    array([0.66, 1.  ])
    """
    rows = earliest(customer)
    gains: Floats = np.clip((challenger_eur - champion_eur)[rows] / most_eur, -1, 1)
    return gains


def auc_gains(
    is_churn: Bools,
    challenger: Floats,
    champion: Floats,
    customer: Integers,
    date: Integers,
) -> Floats:
    """By how much more pairs of a churner and a stayer are ranked rightly, in blocks.

    The stayers of a date are dealt out evenly to its churners. A block ends with the
    first churner after a stayer in it. Its gain is the mean, over all its pairs of a
    churner and a stayer, of the difference of the two models' wins, ties counting
    half. No row is in two blocks and none is put there for its score, so that the
    gains are independent and each expects the difference of the two ROC-AUCs. Rows
    after the last whole block wait for their churner.

    Parameters
    ----------
    challenger, champion : ndarray of shape (n_rows,), float
        Scores, higher for likelier churners.
    date : ndarray of shape (n_rows,), int
        Never falling. All rows of a date are seen at once; what later dates bring
        changes no block before them.

    Returns
    -------
    ndarray of shape (n_blocks,), float in [-1, 1]
        Empty where no block is complete, as with one class only.

    Examples
    --------
    >>> churned = np.array([True, False, False, True, False])
    >>> ours, theirs = np.array([9.0, 1, 2, 3, 4]), np.array([9.0, 1, 8, 3, 4])
    >>> auc_gains(churned, ours, theirs, np.arange(5), np.zeros(5, dtype=int))
    array([0. , 0.5])
    """
    rows = earliest(customer)
    rows = rows[dealt(is_churn[rows], date[rows])]
    churned = is_churn[rows]
    ends = churned & np.append(False, ~churned[:-1])[: churned.size]
    block = np.cumsum(ends) - ends
    whole = block < np.count_nonzero(ends)
    block, churned = block[whole], churned[whole]
    ours, theirs = (
        _ranks(block, score[rows][whole]) for score in (challenger, champion)
    )
    n_churners = np.bincount(block, weights=churned)
    n_pairs = n_churners * (np.bincount(block) - n_churners)
    gains: Floats = np.bincount(block, weights=(ours - theirs) * churned) / n_pairs
    return gains


def dealt(is_churn: Bools, date: Integers) -> Integers:
    """Order the rows of each date so that equally many stayers precede each churner.

    Examples
    --------
    >>> churned = np.array([True, True, False, False, False, False])
    >>> dealt(churned, np.zeros(6, dtype=int))
    array([2, 3, 0, 4, 5, 1])
    """
    _, day = np.unique(date, return_inverse=True)
    place = np.empty(is_churn.size)
    for churned, offset in ((True, 1.0), (False, 0.5)):
        chosen = is_churn == churned
        n_of_day = np.bincount(day[chosen], minlength=1)
        number = (
            np.arange(day[chosen].size) - (np.cumsum(n_of_day) - n_of_day)[day[chosen]]
        )
        place[chosen] = (number + offset) / n_of_day[day[chosen]]
    order: Integers = np.lexsort((place, day))
    return order


def _ranks(block: Integers, score: Floats) -> Floats:
    """Ranks within each block, ties sharing their mean, plus all rows before it.

    A churner's rank less its rank among churners is its wins (Mann-Whitney); in the
    difference of two models what does not depend on the scores cancels.
    """
    _, level = np.unique(score, return_inverse=True)
    _, run, n_alike = np.unique(
        block * score.size + level, return_inverse=True, return_counts=True
    )
    ranks: Floats = (np.cumsum(n_alike) - (n_alike - 1) / 2)[run]
    return ranks
