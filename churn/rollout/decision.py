"""What is decided about a version in rollout, as plain records."""

from dataclasses import dataclass
from typing import Literal

from churn.gates.decision import Decision, GateResult

Way = Literal["stay", "shadow", "canary", "live", "back"]


@dataclass(frozen=True)
class RolloutDecision:
    """Where a version on its way to production goes now, and what was found.

    Parameters
    ----------
    to : str
        ``back``: it leaves the rollout.
    version : str or None
        None: no version is on its way.
    phase : str
        Where it is: staging, shadow or canary; empty without a version.
    waits_for : tuple of str
        What is still missing where it stays, each in a few words.
    begins : Decision or None
        The policy's answer for production, where it is to begin its rollout.
    """

    to: Way
    version: str | None
    reason: str
    rollout: str
    phase: str
    gates: tuple[GateResult, ...]
    waits_for: tuple[str, ...]
    begins: Decision | None
