"""Sums of scored rows by bin, each row with how much of a churner it is.

That is its probability where nobody knows yet, 1 or 0 by its label, and 1 over the
share of churners seen so far where labels are still to come. Knows no figures.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from churn.errors import DataError
from churn.monitoring.scores import ScoreCounts

Floats = NDArray[np.float64]


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


def expected(counts: ScoreCounts) -> ChurnSums:
    """Sums of scores whose labels nobody knows: each probability at its word."""
    share = quotient(counts.p_contacted_sum, counts.p_sum)
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


def quotient(top: Floats, bottom: Floats, otherwise: Floats | float = 0.0) -> Floats:
    """Divide where the denominator is positive."""
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    result: Floats = np.broadcast_to(np.float64(otherwise), shape).copy()
    return np.divide(top, bottom, out=result, where=np.asarray(bottom) > 0)
