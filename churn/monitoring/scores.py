"""Scores of many customers as counts and sums in the bins of one grid."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.monitoring.grid import N_BINS, score_bins
from churn.scoring.decision import Economics, expected_net_value

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """Counts and sums by bin of the grid, each of shape (``N_BINS``,).

    Money is summed over the contacted only: ``net`` as expected from the score,
    ``realised_net`` as the labels have it, averaged over acceptance both. What rests
    on labels is None where they are unknown. The counts of two sets of rows together
    are the sums of theirs, field by field.

    Parameters
    ----------
    p_sum, p_square_sum
        Of the probabilities of all rows.
    p_contacted_sum
        Of the probabilities of the contacted.
    """

    n: Ints
    p_sum: Floats
    p_square_sum: Floats
    n_contacted: Ints
    p_contacted_sum: Floats
    net_sum_eur: Floats
    net_square_sum_eur: Floats
    n_churners: Ints | None
    n_contacted_churners: Ints | None
    realised_net_sum_eur: Floats | None
    realised_net_square_sum_eur: Floats | None

    @property
    def n_rows(self) -> int:
        """How many rows are counted."""
        return int(self.n.sum())

    @property
    def is_labelled(self) -> bool:
        """Whether it is known who churned."""
        return self.n_churners is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredRows:
    """What was said of customers, arrays of shape (n_rows,).

    Parameters
    ----------
    customer_value : EUR per year
    is_churn : None where nobody knows yet
    """

    probability: Floats
    customer_value: Floats
    is_contacted: Bools
    is_churn: Bools | None


FIELDS = tuple(field.name for field in fields(ScoreCounts))
LABELLED = (
    "n_churners",
    "n_contacted_churners",
    "realised_net_sum_eur",
    "realised_net_square_sum_eur",
)


def count_scores(rows: ScoredRows, economics: Economics) -> ScoreCounts:
    """Count all rows."""
    everyone = np.zeros(len(rows.probability), dtype=np.intp)
    return count_groups(rows, economics, everyone, 1)[0]


def count_groups(
    rows: ScoredRows, economics: Economics, group: NDArray[np.intp], n_groups: int
) -> list[ScoreCounts]:
    """Count the rows of each group.

    Parameters
    ----------
    group : ndarray of shape (n_rows,), int
        0 to ``n_groups - 1``.
    """
    add = _adder(group * N_BINS + score_bins(rows.probability), n_groups)
    p, contacted = rows.probability, rows.is_contacted.astype(np.float64)
    net = expected_net_value(p, rows.customer_value, economics) * contacted
    sums: dict[str, Any] = {
        "n": add(np.ones_like(p)).astype(np.int64),
        "p_sum": add(p),
        "p_square_sum": add(p * p),
        "n_contacted": add(contacted).astype(np.int64),
        "p_contacted_sum": add(p * contacted),
        "net_sum_eur": add(net),
        "net_square_sum_eur": add(net * net),
        **_labelled(rows, economics, contacted, add),
    }
    return [ScoreCounts(**_at(group, sums)) for group in range(n_groups)]


def _at(place: int, sums: Mapping[str, Any]) -> dict[str, Any]:
    return {k: None if v is None else v[place] for k, v in sums.items()}


def no_scores(*, is_labelled: bool) -> ScoreCounts:
    """The counts of no rows: what added to others changes nothing."""
    none = np.empty(0)
    labels = none.astype(np.bool_) if is_labelled else None
    rows = ScoredRows(
        probability=none,
        customer_value=none,
        is_contacted=none.astype(np.bool_),
        is_churn=labels,
    )
    return count_scores(rows, Economics(0.0, 0.0, 0.0))


def merged_scores(counts: Sequence[ScoreCounts]) -> ScoreCounts:
    """The counts of all their rows; labels only where every one of them has some."""
    return ScoreCounts(**{name: _summed(name, counts) for name in FIELDS})


def _summed(name: str, counts: Sequence[ScoreCounts]) -> Any:
    parts = [getattr(one, name) for one in counts]
    known = [part for part in parts if part is not None]
    return np.sum(known, axis=0) if len(known) == len(parts) else None


Adder = Callable[[Floats], NDArray[Any]]


def _adder(place: NDArray[np.intp], n_groups: int) -> Adder:
    """Sums by group and bin, in the order of the rows, shape (n_groups, N_BINS)."""

    def add(weights: Floats) -> NDArray[Any]:
        sums = np.bincount(place, weights, minlength=n_groups * N_BINS)
        return sums.reshape(n_groups, N_BINS)

    return add


def _labelled(
    rows: ScoredRows, economics: Economics, contacted: Floats, add: Adder
) -> dict[str, NDArray[Any] | None]:
    if rows.is_churn is None:
        return dict.fromkeys(LABELLED)
    churn = rows.is_churn.astype(np.float64)
    net = expected_net_value(churn, rows.customer_value, economics) * contacted
    return {
        "n_churners": add(churn).astype(np.int64),
        "n_contacted_churners": add(churn * contacted).astype(np.int64),
        "realised_net_sum_eur": add(net),
        "realised_net_square_sum_eur": add(net * net),
    }
