"""A run in figures, as plain records: groups only, no customer can be found in them."""

from dataclasses import dataclass
from datetime import date, datetime

from churn.evaluation.scorecard import Estimate

UPPER_BOUNDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Of the ranges of probability whose customers are counted; above the bound before."""


@dataclass(frozen=True, kw_only=True)
class DecileCount:
    """The customers of one decile; 1 are those most likely to leave."""

    decile: int
    n: int
    mean_probability: float
    n_listed: int
    listed_net_value_eur: float


@dataclass(frozen=True)
class ReasonCount:
    """Listed customers for whom this speaks for leaving, by their top reasons."""

    label: str
    n: int


@dataclass(frozen=True, kw_only=True)
class DaySummary:
    """The scores and the list of one date.

    Parameters
    ----------
    n_worth : int
        Customers for whom a contact is expected to bring more than it costs.
    n_explained : int
        Listed customers with at least one reason.
    by_range : tuple of int
        Customers by probability, as ``UPPER_BOUNDS`` part them.
    reasons : tuple of ReasonCount
        The most frequent first.
    """

    snapshot_date: date
    model_version: str
    scored_at: datetime
    n: int
    mean_probability: float
    n_worth: int
    n_listed: int
    n_explained: int
    listed_net_value_eur: float
    deciles: tuple[DecileCount, ...]
    by_range: tuple[int, ...]
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What contacting the whole list is expected to bring and to cost.

    ``net_value`` has the interval that chance alone leaves, were all probabilities
    and the acceptance rate right.
    """

    net_value: Estimate
    cost_eur: float
    customer_value_eur: float


@dataclass(frozen=True, kw_only=True)
class ListChange:
    """How a list differs from the one before.

    Parameters
    ----------
    n_joined, n_left, n_stayed : int
    n_new : int
        Of those who joined: customers who were not scored before.
    n_gone : int
        Of those who left: who is scored no longer.
    mean_move : float or None
        Mean change of the probability of all who were scored both times; None
        where nobody was.
    """

    n_joined: int
    n_left: int
    n_stayed: int
    n_new: int
    n_gone: int
    n_both: int
    mean_move: float | None


@dataclass(frozen=True, kw_only=True)
class GroupCount:
    """The customers of one declared group.

    ``n_worth`` are worth a contact, listed or not; ``net_value_eur`` is expected of
    them.
    """

    name: str
    group: str
    n: int
    mean_probability: float
    n_worth: int
    net_value_eur: float


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A date's target list in figures.

    Parameters
    ----------
    before : DaySummary or None
        Of the newest earlier date with scores; None where there is none, and then
        ``change`` is too.
    groups : tuple of GroupCount
        The data set's slices, each with its groups, the largest first.
    """

    current: DaySummary
    worth: Worth
    before: DaySummary | None
    change: ListChange | None
    groups: tuple[GroupCount, ...]
