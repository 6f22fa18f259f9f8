"""How the leak probes look at the snapshots."""

from dataclasses import dataclass

from churn.ranges import at_least

FEWEST_ROWS = 100


@dataclass(frozen=True)
class LeakPlan:
    """How the leak probes look at the snapshots.

    Parameters
    ----------
    shift_days : int
        By how much snapshots move earlier.
    max_rows : int, at least FEWEST_ROWS
        Training and test rows whose features are built again at the earlier moment,
        at most; whole customers are drawn.
    bins : int
        Quantile bins by which a number alone is turned into a churn rate.
    """

    shift_days: int
    max_rows: int
    seed: int
    bins: int

    def __post_init__(self) -> None:
        """Refuse a move that stands still, and bins that tell nothing apart."""
        at_least("leaks.shift_days", self.shift_days, 1)
        at_least("leaks.max_rows", self.max_rows, FEWEST_ROWS)
        at_least("leaks.seed", self.seed, 0)
        at_least("leaks.bins", self.bins, 2)
