"""What may follow in a rollout: pure functions from events to new events.

As in ``transitions``, a refusal is one line and appending is compare-and-set: where
the history moved meanwhile, the ledger refuses.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from churn.gates.decision import Decision
from churn.rollout.decision import RolloutDecision
from churn.rollout.plan import PhasePlan
from registry.conditions import Act, check_decided, check_reason
from registry.errors import RefusedError
from registry.event import Event
from registry.state import Rollout, state
from registry.transitions import next_event, plain, promotable
from registry.versions import of_event

By = Literal["pipeline", "guard", "person"]


def start_rollout(
    events: Sequence[Event],
    version: str,
    act: Act,
    *,
    decision: Decision | None,
    plan: Mapping[str, Any],
    first: PhasePlan,
) -> tuple[Event, ...]:
    """Bring a version into the first phase of its rollout.

    Parameters
    ----------
    decision : Decision or None
        The policy's answer for stage production; None refuses.
    plan : mapping
        The rollout policy as its file has it: it counts until the rollout ends.
    first : PhasePlan
        The plan's first phase.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    chosen = promotable(events, version, act, override=False)
    check_decided(chosen, decision)
    head = state(events)
    if head.production is None:
        raise RefusedError(
            "nothing is live, so there is nothing to compare with; "
            f"`models promote {version}` makes it live at once"
        )
    evidence = {
        "to": first.phase,
        "weight": first.weight,
        "plan": plain(plan),
        "decision": plain(decision),
        "approvers": list(chosen.approvers),
        "compared_with": chosen.compared_with,
    }
    return (next_event(head, chosen, "rollout", act, evidence),)


def advance(
    events: Sequence[Event],
    act: Act,
    decision: RolloutDecision,
    *,
    weight: float,
    found: Mapping[str, Any],
) -> tuple[Event, ...]:
    """What a decision about the running rollout brings about; nothing if it stays.

    Parameters
    ----------
    weight : float
        The share of the customers in the phase it goes to, if it goes to one.
    found : mapping
        Where the evidence of the decision is kept, and its hash.

    Raises
    ------
    RefusedError
        If the rollout that was decided upon is over, or it is paused and would go on.
    """
    running = rolling(events)
    if decision.to == "stay":
        return ()
    if (running.version, running.phase) != (decision.version, decision.phase):
        raise RefusedError(
            f"by now version {running.version} is in {running.phase}; decided was "
            f"about version {decision.version} in {decision.phase}, so decide again"
        )
    told = {"assessment": plain(decision), **found}
    if decision.to == "back":
        by: By = "guard" if "guard" in _failed(decision) else "pipeline"
        return _stopped(events, act, by, told)
    if running.is_paused:
        raise RefusedError(
            f"the rollout of version {running.version} is paused; `rollout resume` "
            "lets it go on"
        )
    if decision.to == "live":
        return _live(events, running, act, told)
    chosen = of_event(events, running.entered)
    evidence = {
        "to": decision.to,
        "weight": weight,
        "compared_with": chosen.compared_with,
        **told,
    }
    return (next_event(state(events), chosen, "rollout", act, evidence),)


def pause(events: Sequence[Event], act: Act) -> tuple[Event, ...]:
    """Keep the running rollout in its phase; it still goes back if it must."""
    running = _asked(events, act)
    if running.is_paused:
        raise RefusedError(
            f"the rollout of version {running.version} is paused already"
        )
    chosen = of_event(events, running.entered)
    return (next_event(state(events), chosen, "paused", act, {}),)


def resume(events: Sequence[Event], act: Act) -> tuple[Event, ...]:
    """Let a paused rollout go on."""
    running = _asked(events, act)
    if not running.is_paused:
        raise RefusedError(f"the rollout of version {running.version} is not paused")
    chosen = of_event(events, running.entered)
    return (next_event(state(events), chosen, "resumed", act, {}),)


def abort(events: Sequence[Event], act: Act) -> tuple[Event, ...]:
    """End the running rollout: the champion answers everybody, as before."""
    _asked(events, act)
    return _stopped(events, act, "person", {})


def rolling(events: Sequence[Event]) -> Rollout:
    """The running rollout.

    Raises
    ------
    RefusedError
        If there is none.
    """
    head = state(events)
    if head.rollout is not None:
        return head.rollout
    if head.staging is None:
        raise RefusedError("no rollout is running, and no version is in staging")
    raise RefusedError(
        f"no rollout is running; `models promote {head.staging.version}` starts that "
        "of the version in staging"
    )


def _asked(events: Sequence[Event], act: Act) -> Rollout:
    check_reason(act)
    return rolling(events)


def _failed(decision: RolloutDecision) -> set[str]:
    return {gate.name for gate in decision.gates if gate.outcome == "failed"}


def _stopped(
    events: Sequence[Event], act: Act, by: By, told: Mapping[str, Any]
) -> tuple[Event, ...]:
    running = rolling(events)
    evidence = {"phase": running.phase, "by": by, **told}
    chosen = of_event(events, running.entered)
    return (next_event(state(events), chosen, "stopped", act, evidence),)


def _live(
    events: Sequence[Event], running: Rollout, act: Act, told: Mapping[str, Any]
) -> tuple[Event, ...]:
    """The gates' decision is that of the start: it was what let the rollout begin."""
    head, began = state(events), running.started
    evidence = {
        "decision": began.evidence["decision"],
        "decided_at": began.sequence,
        "override": False,
        "approvers": began.evidence["approvers"],
        "from": head.champion,
        **told,
    }
    chosen = of_event(events, running.entered)
    return (next_event(head, chosen, "promoted", act, evidence),)
