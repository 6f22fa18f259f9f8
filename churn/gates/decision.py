"""What a gate found and what was decided, as plain records."""

from dataclasses import dataclass
from typing import Literal

from churn.evaluation.scorecard import Estimate

Outcome = Literal["passed", "failed", "undecided", "skipped"]


@dataclass(frozen=True)
class GateResult:
    """One check of a policy, answered.

    ``bound`` is the number the interval was held against; ``sentence`` says in
    one line what was found. ``blocks`` tells whether this outcome refuses the
    model (an undecided check may or may not, as its policy says). ``metric`` is
    what ``observed`` is a figure of, or a gain in; None where it is of no metric.
    """

    name: str
    outcome: Outcome
    blocks: bool
    observed: Estimate | None
    bound: float | None
    sentence: str
    metric: str | None = None


@dataclass(frozen=True)
class Decision:
    """The outcome of a policy with its evidence.

    ``promotes_without_champion`` repeats the policy's switch: the first model
    that passes becomes production at once.
    """

    approved: bool
    policy: str
    reason: str
    gates: tuple[GateResult, ...]
    has_champion: bool
    promotes_without_champion: bool
