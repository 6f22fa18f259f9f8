"""What a model's history says about training again, and what is written into it.

A decision is an event of the version in production, with which nothing happens; a
second one says what came of the training. Its moments are those that were pretended.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec

from churn.retraining.decision import Case, RetrainingDecision, Signs
from registry.conditions import Act, as_reason
from registry.errors import RefusedError
from registry.event import Event
from registry.state import state
from registry.transitions import next_event, plain
from registry.versions import Version, of_event, versions

Ended = Literal["trained", "refused", "failed", "interrupted"]
DECIDED, ENDED = "retraining", "ended"
NOTHING_LIVE = (
    "nothing is in production, so there is nothing to train again; a first version "
    "comes from `--pipeline training`, and `models promote VERSION` makes one live"
)


def case_of(
    events: Sequence[Event], moment: datetime, signs: Signs | None, asked: str | None
) -> Case:
    """Gather from the history what a decision at a moment rests on.

    What happened to the model later than the moment takes part: its history is what
    it is, whatever day is pretended.

    Raises
    ------
    RefusedError
        If nothing is live.
    """
    head = state(events)
    if head.production is None:
        raise RefusedError(NOTHING_LIVE)
    known = versions(events)
    of = {version.version_id: trained(version) for version in known}
    staging = head.staging
    return Case(
        model=head.production.model,
        champion=head.production.version,
        moment=moment,
        trained=of[head.production.version_id],
        last_training=max(of.values()),
        retrainings=tuple(sorted(set(_retrainings(events)))),
        on_its_way=staging.version if staging else None,
        on_its_way_trained=of[staging.version_id] if staging else None,
        signs=signs,
        asked=asked,
    )


def trained(version: Version) -> datetime:
    """Up to when a version's training knew everything; else when it was made."""
    told = version.evidence("registered").get("as_of")
    if told is None:
        return version.events[0].at
    moment = datetime.fromisoformat(str(told))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def decided(
    events: Sequence[Event], act: Act, decision: RetrainingDecision
) -> tuple[Event, ...]:
    """The event that keeps a decision, whichever it is."""
    return (_event(events, act, decision.reason, {DECIDED: plain(decision)}),)


def ended(
    events: Sequence[Event], act: Act, ended: Ended, told: Mapping[str, Any]
) -> tuple[Event, ...]:
    """The event that says what came of the training that the last decision asked for.

    Parameters
    ----------
    told : mapping
        The version that was made, or the cause of the failure.
    """
    asked = last_decision(events)
    at = asked.sequence if asked else None
    return (_event(events, act, act.reason, {ENDED: ended, "decided_at": at, **told}),)


def last_decision(events: Iterable[Event]) -> Event | None:
    """The newest event that keeps a decision about training again."""
    found = [e for e in events if e.kind == "retraining" and DECIDED in e.evidence]
    return found[-1] if found else None


def decision_of(event: Event) -> RetrainingDecision:
    """The decision that an event keeps."""
    return msgspec.convert(event.evidence[DECIDED], RetrainingDecision)


def _retrainings(events: Iterable[Event]) -> Iterable[date]:
    """The days of the decisions to train again."""
    for event in events:
        if event.kind == "retraining" and DECIDED in event.evidence:
            told = event.evidence[DECIDED]
            if told["retrain"]:
                yield datetime.fromisoformat(told["case"]["moment"]).date()


def _event(
    events: Sequence[Event], act: Act, reason: str, evidence: Mapping[str, Any]
) -> Event:
    head = state(events)
    if head.production is None:
        raise RefusedError(NOTHING_LIVE)
    told = Act(act.actor, act.at, as_reason(reason))
    live = of_event(events, head.production)
    return next_event(head, live, "retraining", told, evidence)
