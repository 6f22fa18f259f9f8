"""From a policy and rows to a decision. A bad model is refused, not an error."""

from collections.abc import Sequence
from dataclasses import replace

from churn.evaluation.asked import together
from churn.evaluation.evaluate import evaluate
from churn.evaluation.evidence import Evidence
from churn.evaluation.rivals import CHAMPION
from churn.evaluation.threads import one_thread
from churn.gates.case import Case
from churn.gates.check import Check, skipped
from churn.gates.decision import Decision, GateResult
from churn.gates.kinds import KINDS
from churn.gates.policy import Policy

ONLY_WITH_CHAMPION = ("beats_champion", "nowhere_worse")


def decide(policy: Policy, evidence: Evidence, *, stage: str = "staging") -> Decision:
    """Answer every check of a policy and say whether the version may go on.

    Approved when no gate blocks. A failed gate blocks; an undecided one blocks when
    its policy says so or something it needs does not exist.

    Parameters
    ----------
    evidence : Evidence
        Rows and raw observations; all statistics are computed here, and only those
        that the policy's checks need.
    stage : {"staging", "production"}
        Where the version is to go. Some checks are asked for one stage only.

    Raises
    ------
    NotEnoughDataError
        If there are no rows.
    BundleError
        If a score is no probability. However bad the model, nothing else is raised.
    """
    asked = together(KINDS[check.kind].needs(check) for check in policy.checks)
    every_group = replace(evidence, plan=replace(evidence.plan, slice_min_rows=1))
    with one_thread():
        case = Case(evidence, evaluate(every_group, {}, asked), stage)
        gates = tuple(_gate(check, case) for check in policy.checks)
    return Decision(
        approved=not any(gate.blocks for gate in gates),
        policy=policy.name,
        reason=_reason(gates),
        gates=gates,
        has_champion=CHAMPION in evidence.rivals,
        promotes_without_champion=policy.promote_first,
    )


def _gate(check: Check, case: Case) -> GateResult:
    needs_champion = check.applies == "with_champion" or (
        check.kind in ONLY_WITH_CHAMPION
    )
    if needs_champion and CHAMPION not in case.evidence.rivals:
        found = skipped("there is no champion yet")
    else:
        found = KINDS[check.kind].answer(check, case)
    tolerated = check.undecided == "passes" and not found.is_undefined
    blocks = found.outcome == "failed" or (
        found.outcome == "undecided" and not tolerated
    )
    return GateResult(
        name=check.name,
        outcome=found.outcome,
        blocks=blocks,
        observed=found.observed,
        bound=found.bound,
        sentence=found.sentence,
        metric=found.metric or check.metric,
    )


def _reason(gates: Sequence[GateResult]) -> str:
    """One sentence that names what decided.

    Examples
    --------
    >>> bad = GateResult("ranks_well", "failed", True, None, None, "")
    >>> vague = GateResult("calibrated", "undecided", False, None, None, "")
    >>> _reason([bad, vague])
    'refused: 1 of 2 gates failed: ranks_well'
    >>> _reason([vague])
    'approved: 0 of 1 gates passed, 1 is undecided and does not block: calibrated'
    """
    failed = [g.name for g in gates if g.outcome == "failed"]
    open_ones = [g for g in gates if g.outcome == "undecided"]
    blocking = [g.name for g in open_ones if g.blocks]
    if failed or blocking:
        parts = [
            f"{len(names)} of {len(gates)} gates {what}: {', '.join(names)}"
            for names, what in ((failed, "failed"), (blocking, "undecided"))
            if names
        ]
        return f"refused: {'; '.join(parts)}"
    return f"approved: {_counted(gates, [gate.name for gate in open_ones])}"


def _counted(gates: Sequence[GateResult], open_ones: Sequence[str]) -> str:
    """How many gates passed of those that applied; who was left open or out."""
    n_skipped = sum(gate.outcome == "skipped" for gate in gates)
    n_asked = len(gates) - n_skipped
    skipped = f" ({n_skipped} skipped)" if n_skipped else ""
    if not open_ones:
        return f"all {n_asked} gates passed{skipped}"
    are = "is undecided and does" if len(open_ones) == 1 else "are undecided and do"
    return (
        f"{n_asked - len(open_ones)} of {n_asked} gates passed{skipped}, "
        f"{len(open_ones)} {are} not block: {', '.join(open_ones)}"
    )
