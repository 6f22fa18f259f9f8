"""When a policy first approves a version that is looked at again and again.

Deciding at every look with every check would take days. But approval is a conjunction:
what one quick check refuses, the others need not be asked about. And what a bet has
not won by the last look it had won at none before. Neither changes the answer.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace

from churn.evaluation.evidence import Evidence
from churn.gates.check import Check
from churn.gates.decide import decide
from churn.gates.decision import GateResult
from churn.gates.kinds import resamples
from churn.gates.policy import Policy

CHAMPION = "beats_champion"
ROUNDING = 1e-5
"""More than the limits of a bet are rounded by."""


def quick(policy: Policy) -> Policy:
    """The policy without the checks that bootstrap: it approves whatever it does."""
    return _only(policy, (c for c in policy.checks if not resamples(c)))


def first_approval(
    policy: Policy, looks: Sequence[Evidence], *, start: int = 0
) -> int | None:
    """At which look the policy first approves, if at any from ``start`` on.

    Parameters
    ----------
    looks : sequence of Evidence
        Each with the rows of the one before, and more.
    """
    hardest_first = sorted(quick(policy).checks, key=lambda c: c.kind != CHAMPION)
    single = [_only(policy, [check]) for check in hardest_first]
    whole = [policy] if len(single) < len(policy.checks) else []
    for look in range(max(start, _bets_won(policy, looks)), len(looks)):
        refused = _first_to_refuse(single, looks[look])
        if refused is None and _first_to_refuse(whole, looks[look]) is None:
            return look
        # Who refused at this look is likely to refuse at the next.
        single.sort(key=lambda policy: policy is not refused)
    return None


def _first_to_refuse(policies: Iterable[Policy], evidence: Evidence) -> Policy | None:
    return next((p for p in policies if not decide(p, evidence).approved), None)


def _bets_won(policy: Policy, looks: Sequence[Evidence]) -> int:
    """From which look on every bet of the policy is won; after the last if at none."""
    bets = _only(policy, (c for c in policy.checks if c.texts.get("looks") == "many"))

    def won(evidence: Evidence) -> bool:
        return all(map(_is_won, decide(bets, evidence).gates))

    if not bets.checks:
        return 0
    return bisect_left(looks, True, key=won) if won(looks[-1]) else len(looks)


def _is_won(gate: GateResult) -> bool:
    """Whether it passes, or did: its lower limit only rises, and is at the margin."""
    low = None if gate.observed is None else gate.observed.low
    reached = low is not None and low > (gate.bound or 0.0) - ROUNDING
    return reached or gate.outcome == "passed"


def _only(policy: Policy, checks: Iterable[Check]) -> Policy:
    return replace(policy, checks=tuple(checks))
