"""From a policy and what was seen to where a version in rollout goes now."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from churn.gates.check import digits
from churn.gates.decision import GateResult
from churn.rollout.check import RolloutCheck
from churn.rollout.decision import RolloutDecision, Way
from churn.rollout.evidence import RolloutEvidence
from churn.rollout.kinds import KINDS
from churn.rollout.plan import PhasePlan, RolloutPlan

GUARD = "guard"
HOUR = timedelta(hours=1)
DAY_HOURS = 24
MINUTE_SECONDS, HOUR_SECONDS = 60, 3600
LATE = "the log arrives up to a minute late"


def assess(
    plan: RolloutPlan,
    phase: str,
    evidence: RolloutEvidence,
    *,
    version: str,
    since: datetime,
    at: datetime,
) -> RolloutDecision:
    """Answer every check of a phase and say where the version goes.

    Back when one fails or the server's guard did alarm, at any time; on when the
    phase has lasted long enough, on enough customers, the guard could be asked, and no
    check that blocks is undecided; else it stays. Asking often costs nothing: no answer
    is likelier to be wrong for having been asked before.

    Parameters
    ----------
    phase : {"shadow", "canary"}
        Where the version is.
    since : datetime
        When it came there.
    """
    asked = plan.phase(phase)
    gates = (*_guarded(evidence), *(_gate(check, evidence) for check in asked.checks))
    failed = [gate.name for gate in gates if gate.outcome == "failed"]
    waits = tuple(_waits(asked, gates, evidence, at - since))
    next_ = plan.after(phase)
    onward: Way = "live" if next_ is None else "canary"
    to: Way = "back" if failed else "stay" if waits else onward
    return RolloutDecision(
        to=to,
        version=version,
        reason=_reason(to, phase, failed, waits, evidence),
        rollout=plan.name,
        phase=phase,
        gates=gates,
        waits_for=() if failed else waits,
        begins=None,
    )


def n_customers(phase: str, evidence: RolloutEvidence) -> int:
    """Distinct customers whom the challenger scored, or in a canary answered."""
    if phase == "shadow":
        return evidence.pairs["customer"].n_unique()
    return evidence.answers.filter("is_challenger")["customer"].n_unique()


def _gate(check: RolloutCheck, evidence: RolloutEvidence) -> GateResult:
    found = KINDS[check.kind].answer(check, evidence)
    blocks = found.outcome == "failed" or (
        found.outcome == "undecided" and check.undecided == "blocks"
    )
    return GateResult(
        name=check.name,
        outcome=found.outcome,
        blocks=blocks,
        observed=found.observed,
        bound=found.bound,
        sentence=found.sentence,
    )


def _guarded(evidence: RolloutEvidence) -> Iterator[GateResult]:
    if evidence.alarm is not None:
        yield GateResult(GUARD, "failed", True, None, None, evidence.alarm)


def _waits(
    asked: PhasePlan,
    gates: Sequence[GateResult],
    evidence: RolloutEvidence,
    lasted: timedelta,
) -> Iterator[str]:
    hours, seen = lasted / HOUR, n_customers(asked.phase, evidence)
    if hours < asked.min_hours:
        yield f"{_time(hours)} of {_time(asked.min_hours)} in {asked.phase}"
    if seen < asked.min_customers:
        verb = "scored" if asked.phase == "shadow" else "answered"
        told = f"{seen:,} of {asked.min_customers:,} customers {verb} so far"
        yield f"{told} ({evidence.note or LATE})"
    elif evidence.note:
        # What could not be asked might have spoken against it.
        yield f"what is missing: {evidence.note}"
    undecided = [gate.name for gate in gates if gate.outcome == "undecided"]
    blocking = [gate.name for gate in gates if gate.blocks and gate.name in undecided]
    if blocking:
        yield f"no clear answer of {', '.join(blocking)} yet"


def _reason(
    to: Way,
    phase: str,
    failed: Sequence[str],
    waits: Sequence[str],
    evidence: RolloutEvidence,
) -> str:
    """One sentence that names what decided."""
    if failed == [GUARD]:
        return f"back from {phase}: the server's guard found that {evidence.alarm}"
    if failed:
        return f"back from {phase}: failed {', '.join(failed)}"
    if to == "stay":
        return f"stays in {phase}: {'; '.join(waits)}"
    return f"from {phase} to {to}: nothing speaks against it"


def _time(hours: float) -> str:
    """A duration in the unit that suits it.

    Examples
    --------
    >>> _time(336), _time(2.5), _time(0.05), _time(0.01)
    ('14 days', '2.5 hours', '3 minutes', '36 s')
    """
    if hours * HOUR_SECONDS < MINUTE_SECONDS:
        return f"{int(max(hours, 0) * HOUR_SECONDS)} s"
    units = {"day": DAY_HOURS, "hour": 1.0, "minute": 1 / 60}
    found = next((u for u, size in units.items() if hours >= size), "minute")
    number = digits(round(hours / units[found], 1))
    return f"{number} {found}" if number == "1" else f"{number} {found}s"
