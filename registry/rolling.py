"""One look at the version on its way to production: what is known, what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from churn.rollout.assess import assess
from churn.rollout.decision import RolloutDecision, Way
from churn.rollout.evidence import RolloutEvidence
from churn.rollout.plan import RolloutPlan, parse_rollout
from registry.conditions import Act, as_reason
from registry.event import Event
from registry.rederive import Read, for_production
from registry.rollouts import advance, start_rollout
from registry.state import Rollout, State, state
from registry.versions import of_event

STAGING = "staging"


@dataclass(frozen=True)
class Advance:
    """What a look brought about: where which version went, and the event that says so.

    ``sequence`` is that of the newest event, whether or not this look made it.
    """

    to: Way
    version: str | None
    sequence: int


def next_step(
    events: Sequence[Event],
    evidence: RolloutEvidence,
    document: Mapping[str, Any],
    *,
    read: Read,
    now: datetime,
) -> RolloutDecision:
    """Decide about the version that is in rollout, or in staging before it.

    Parameters
    ----------
    document : mapping
        The rollout policy, for one that begins; a running one keeps its own.

    Raises
    ------
    EvidenceError
        If the evidence of a version that would begin is gone or altered.
    """
    head = state(events)
    if head.rollout is not None:
        return _assessed(head.rollout, evidence, now)
    plan = parse_rollout(document)
    if head.staging is None:
        return _stays(plan, None, "", "no version is in staging")
    if head.production is None or not plan.phases:
        why = "nothing is live" if head.production is None else "it has no phases"
        told = f"{why}: `models promote {head.staging.version}` makes it live at once"
        return _stays(plan, head.staging.version, STAGING, told)
    return _begins(events, head.staging, plan, read)


def follow_up(
    events: Sequence[Event],
    act: Act,
    decision: RolloutDecision,
    document: Mapping[str, Any],
    found: Mapping[str, Any],
) -> tuple[Event, ...]:
    """The events that a decision brings about; the reason is its own.

    Parameters
    ----------
    found : mapping
        Where the evidence of the decision is kept, and its hash.

    Raises
    ------
    RefusedError
        If the history moved on, so that the decision is about what is no more.
    """
    mine = replace(act, reason=as_reason(decision.reason))
    if decision.to == "stay" or decision.version is None:
        return ()
    if decision.phase != STAGING:
        weight = _weight(state(events), decision)
        return advance(events, mine, decision, weight=weight, found=found)
    return start_rollout(
        events,
        decision.version,
        mine,
        decision=decision.begins,
        plan=document,
        first=parse_rollout(document).phases[0],
    )


def _assessed(
    running: Rollout, evidence: RolloutEvidence, now: datetime
) -> RolloutDecision:
    decision = assess(
        parse_rollout(running.plan),
        running.phase,
        evidence,
        version=running.version,
        since=running.since,
        at=now,
    )
    if running.is_paused and decision.to != "back":
        told = "paused: `rollout resume` lets it go on"
        waits = (told, *decision.waits_for)
        reason = f"stays in {running.phase}: {told}"
        return replace(decision, to="stay", reason=reason, waits_for=waits)
    return decision


def _begins(
    events: Sequence[Event], staged: Event, plan: RolloutPlan, read: Read
) -> RolloutDecision:
    """Ask the version's own policy whether it may go on to production."""
    answer = for_production(of_event(events, staged), read)
    if answer is None or not answer.approved:
        told = "no decision was derived" if answer is None else answer.reason
        stays = _stays(plan, staged.version, STAGING, told)
        return replace(stays, gates=answer.gates if answer else ())
    first = plan.phases[0].phase
    return RolloutDecision(
        to=first,
        version=staged.version,
        reason=f"begins its rollout in {first}: {answer.reason}",
        rollout=plan.name,
        phase=STAGING,
        gates=answer.gates,
        waits_for=(),
        begins=answer,
    )


def _stays(
    plan: RolloutPlan, version: str | None, phase: str, told: str
) -> RolloutDecision:
    return RolloutDecision(
        to="stay",
        version=version,
        reason=told,
        rollout=plan.name,
        phase=phase,
        gates=(),
        waits_for=(told,) if version else (),
        begins=None,
    )


def _weight(head: State, decision: RolloutDecision) -> float:
    """The share of the customers that the next phase has, if there is one."""
    if head.rollout is None or decision.to != "canary":
        return 0.0
    return parse_rollout(head.rollout.plan).phase("canary").weight
