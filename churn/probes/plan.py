"""How hard a new version is prodded."""

from dataclasses import dataclass

from churn.ranges import at_least


@dataclass(frozen=True)
class ProbePlan:
    """How hard a new version is prodded.

    Parameters
    ----------
    behaviour_customers : int
        Test customers on whom the data set's expectations are tried, at most.
    reseeds : int
        How often the same recipe is fitted again with another seed.
    timed_calls : int
        Single calls of challenger and champion each, timed in turn.
    seed : int
        Which customers are drawn.
    """

    behaviour_customers: int
    reseeds: int
    timed_calls: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse a probe of nobody."""
        at_least("probes.behaviour_customers", self.behaviour_customers, 1)
        at_least("probes.reseeds", self.reseeds, 0)
        at_least("probes.timed_calls", self.timed_calls, 1)
        at_least("probes.seed", self.seed, 0)
