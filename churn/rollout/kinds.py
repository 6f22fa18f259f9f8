"""The registry of check kinds: a name, the function, and what its YAML must say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from churn.rollout.arms import failures, slow_answers
from churn.rollout.check import Phase
from churn.rollout.outcomes import GAINS, outcomes
from churn.rollout.paired import (
    Answer,
    decision_flips,
    score_distribution,
    score_shift,
    slow_scores,
    unscored,
)

SHARE = (0.0, 1.0)
SECONDS = (0.0001, 3600.0)
LOSS = (-1.0, 0.0)
BOTH: tuple[Phase, ...] = ("shadow", "canary")


@dataclass(frozen=True)
class KindSpec:
    """How one kind is answered and written.

    Parameters
    ----------
    numbers : mapping of parameter to its lowest and highest value
    phases : tuple of str
        Where it can be asked.
    texts : mapping of parameter to its choices
    """

    answer: Answer
    numbers: Mapping[str, tuple[float, float]]
    phases: tuple[Phase, ...] = BOTH
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


KINDS: Mapping[str, KindSpec] = {
    "score_shift": KindSpec(score_shift, {"bound": SHARE}),
    "score_distribution": KindSpec(score_distribution, {"bound": SHARE}),
    "decision_flips": KindSpec(decision_flips, {"bound": SHARE}),
    "unscored": KindSpec(unscored, {"bound": SHARE}),
    "slow_scores": KindSpec(slow_scores, {"bound": SHARE, "slow_seconds": SECONDS}),
    "failures": KindSpec(failures, {"margin": SHARE}, ("canary",)),
    "slow_answers": KindSpec(
        slow_answers, {"margin": SHARE, "slow_seconds": SECONDS}, ("canary",)
    ),
    "outcomes": KindSpec(outcomes, {"margin": LOSS}, BOTH, {"metric": tuple(GAINS)}),
}
