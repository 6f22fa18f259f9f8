"""What may follow in a history: pure functions from events to new events.

A refusal is one line that says why and what to do instead. Appending what they
return is compare-and-set: where the history moved meanwhile, the ledger refuses.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from churn.gates.decision import Decision
from registry.conditions import (
    Act,
    check_approved,
    check_decided,
    check_no_rollout,
    check_reason,
    check_second_person,
    check_usable,
    check_was_healthy,
    last_healthy,
)
from registry.errors import RefusedError
from registry.event import Event, Kind
from registry.state import State, state
from registry.versions import Version, find


def promote(
    events: Sequence[Event],
    version: str,
    act: Act,
    *,
    decision: Decision | None,
    override: bool,
) -> tuple[Event, ...]:
    """Make a version live at once, without a rollout.

    Parameters
    ----------
    decision : Decision or None
        The policy's answer for stage production, derived from the stored evidence
        and the approvals so far; None where none could be derived, which refuses.
    override : bool
        Skip the rollout, not the gates: needs the approval of somebody else than the
        actor, and is marked in the event for ever.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    chosen = promotable(events, version, act, override=override)
    head = state(events)
    check_decided(chosen, decision)
    evidence = {
        "decision": plain(decision),
        "override": override,
        "approvers": list(chosen.approvers),
        "from": head.champion,
    }
    return (next_event(head, chosen, "promoted", act, evidence),)


def promotable(
    events: Sequence[Event], version: str, act: Act, *, override: bool
) -> Version:
    """The version, if nothing but its gates could keep it from going live.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    check_reason(act)
    chosen = find(events, version)
    check_usable(chosen)
    if chosen.stage == "production":
        raise RefusedError(f"version {version} is live already; nothing to promote")
    head = state(events)
    check_approved(chosen, head)
    if override:
        check_second_person(chosen, act)
    else:
        check_no_rollout(head)
    return chosen


def approve(events: Sequence[Event], version: str, act: Act) -> tuple[Event, ...]:
    """Add a person's approval of a version; a person counts once.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    check_reason(act)
    chosen = find(events, version)
    check_usable(chosen)
    if act.actor in chosen.approvers:
        raise RefusedError(
            f"{act.actor} approved version {version} already, and counts once; "
            "ask somebody else"
        )
    return (next_event(state(events), chosen, "approved", act, {}),)


def rollback(events: Sequence[Event], act: Act, *, to: str | None) -> tuple[Event, ...]:
    """Make an earlier live version live again: the last healthy one, or ``to``.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    check_reason(act)
    head = state(events)
    if head.production is None:
        raise RefusedError("nothing is live, so there is nothing to roll back from")
    target = last_healthy(events, head) if to is None else find(events, to)
    check_was_healthy(target, head)
    check_usable(target)
    evidence = {"from": head.production.version}
    return (next_event(head, target, "rolled_back", act, evidence),)


def archive(events: Sequence[Event], version: str, act: Act) -> tuple[Event, ...]:
    """Put a version away for good; it can neither be promoted nor rolled back to.

    Raises
    ------
    UnknownVersionError
    RefusedError
    """
    check_reason(act)
    chosen = find(events, version)
    if chosen.stage == "production":
        raise RefusedError(
            f"version {version} is live; promote another or roll back, then archive it"
        )
    if chosen.stage == "archived":
        raise RefusedError(f"version {version} is archived already")
    return (next_event(state(events), chosen, "archived", act, {}),)


def plain(record: Any) -> Any:
    """A record as JSON's own types; what is no number becomes null."""
    return msgspec.json.decode(msgspec.json.encode(record))


def next_event(
    head: State, version: Version, kind: Kind, act: Act, evidence: Mapping[str, Any]
) -> Event:
    """The event that would follow the head."""
    return Event(
        model=version.last.model,
        sequence=head.sequence + 1,
        kind=kind,
        version=version.version,
        version_id=version.version_id,
        at=act.at,
        actor=act.actor,
        reason=act.reason.strip(),
        lineage=version.lineage,
        evidence=evidence,
    )
