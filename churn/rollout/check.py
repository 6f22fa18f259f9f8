"""One check of a rollout policy, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from churn.evaluation.scorecard import Estimate
from churn.gates.decision import Outcome

Phase = Literal["shadow", "canary"]


@dataclass(frozen=True)
class RolloutCheck:
    """One question that a phase asks.

    Parameters
    ----------
    kind : str
        A name of ``churn.rollout.kinds.KINDS``; says which numbers and texts there are.
    error_rate : float
        The chance that it ever fails a challenger that is within its bound, however
        often one asks.
    undecided : {"blocks", "passes"}
        Whether the phase lasts until the check is decided.
    """

    name: str
    kind: str
    numbers: Mapping[str, float]
    texts: Mapping[str, str]
    error_rate: float
    undecided: str


@dataclass(frozen=True)
class RolloutFinding:
    """What one check found; ``observed`` is None where there is nothing to observe."""

    outcome: Outcome
    observed: Estimate | None
    bound: float
    sentence: str


def unproven(outcome: Outcome, *, is_met: bool) -> str:
    """How far an undecided check is, to end its sentence.

    Examples
    --------
    >>> unproven("undecided", is_met=True)
    ': met so far, not proven yet'
    >>> unproven("passed", is_met=True)
    ''
    """
    if outcome != "undecided":
        return ""
    return f": {'met' if is_met else 'not met'} so far, not proven yet"
