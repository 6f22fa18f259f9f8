"""What the ledger tells the page of a model; the page itself knows no ledger."""

from collections.abc import Sequence
from datetime import UTC, datetime

from churn.report.models_content import (
    Fallback,
    Happening,
    Live,
    ModelReport,
    ModelVersion,
)
from registry.errors import RefusedError
from registry.event import Event
from registry.measured import decision, figures, is_override
from registry.state import Rollout, state
from registry.transitions import Act, rollback
from registry.versions import Version, setback, versions

# An event of one of these kinds brings a version to another stage.
MOVES = {
    *("registered", "decided", "staged", "waiting"),
    *("rollout", "stopped", "promoted", "rolled_back"),
}

ENDED = ("stopped", "rolled back")

WORDS = {
    "paused": "rollout paused of",
    "resumed": "rollout resumed of",
    "stopped": "rollout stopped of",
    "alarmed": "alarm about",
    "cleared": "alarm over for",
    "retraining": "asked whether to retrain",
}


def model_report(model: str, dataset: str, events: Sequence[Event]) -> ModelReport:
    """Gather what the page of a model shows."""
    known = {v.version_id: _version(v, events) for v in versions(events)}
    head = state(events)
    live = head.production
    return ModelReport(
        model=model,
        dataset=dataset,
        sequence=head.sequence,
        at=events[-1].at if events else None,
        live=_live(live, known[live.version_id], events) if live else None,
        rollout=_rollout(head.rollout),
        versions=tuple(reversed(known.values())),
        history=tuple(_happening(event) for event in reversed(events)),
        fallback=fallback(events),
    )


def happened(event: Event) -> str:
    """What an event did to which version, in a few words."""
    if event.kind == "rollout":
        return f"{event.evidence['to']} {event.version}"
    if event.kind == "rolled_back":
        return f"{event.evidence['from']} rolled back, {event.version} live again"
    if event.kind == "retraining" and "ended" in event.evidence:
        return f"retraining of {event.version} {event.evidence['ended']}"
    return f"{WORDS.get(event.kind, event.kind)} {event.version}"


def _rollout(running: Rollout | None) -> str:
    if running is None:
        return ""
    share = f" with {running.weight:.0%} of the customers" if running.weight else ""
    paused = ", paused" if running.is_paused else ""
    return (
        f"Version {running.version} is in rollout: {running.phase}{share} since "
        f"{running.since:%Y-%m-%d %H:%M} UTC{paused}."
    )


def fallback(events: Sequence[Event]) -> Fallback:
    """Try what a rollback would do, without doing it."""
    try:
        (event,) = rollback(events, _anybody(events), to=None)
    except RefusedError as error:
        return Fallback(None, f"A rollback is refused: {error}.")
    lived = state(events).lived
    last = max(e.at for e in lived if e.version_id == event.version_id)
    sentence = (
        f"Version {event.version} would be live again, if its bundle still verifies: "
        "the last one that was live without being rolled back from; it went live at "
        f"{last:%Y-%m-%d %H:%M} UTC."
    )
    return Fallback(event.version, sentence)


def _anybody(events: Sequence[Event]) -> Act:
    at = events[-1].at if events else datetime.min.replace(tzinfo=UTC)
    return Act("anybody", at, "to see what would happen")


def _version(version: Version, events: Sequence[Event]) -> ModelVersion:
    taken_out = setback(events, version) if version.stage in ENDED else None
    moved = [event for event in version.events if event.kind in MOVES]
    last = taken_out or (moved or version.events)[-1]
    return ModelVersion(
        version=version.version,
        stage=version.stage,
        since=last.at,
        why=_why(last),
        registered_at=version.events[0].at,
        kind=str(version.evidence("registered").get("kind", "")),
        decision=decision(version.event("decided")),
        figures=figures(version),
        origin=origin(version.last),
    )


def _why(event: Event) -> str:
    """The reason of an event, and whose it was if that is not the pipeline's."""
    is_person = event.evidence.get("by", "person") == "person"
    return f"{event.reason} ({event.actor})" if is_person else event.reason


def origin(event: Event) -> dict[str, str]:
    """Where the version of an event came from, in words; what is unknown left out."""
    lineage = event.lineage
    known = {
        "run": lineage.run,
        "data": lineage.data_sha256,
        "configuration": lineage.configuration_sha256,
        "commit": lineage.git_commit,
        "bundle": lineage.bundle_sha256,
        "address": lineage.bundle_uri,
    }
    return {label: text for label, text in known.items() if text}


def _live(event: Event, version: ModelVersion, events: Sequence[Event]) -> Live:
    before = [e for e in events if e.version_id == event.version_id and e is not event]
    people = [e.actor for e in before if e.kind == "approved"]
    is_back = event.kind == "rolled_back"
    return Live(
        version=version,
        since=event.at,
        rolled_back_from=event.evidence.get("from") if is_back else None,
        actor=event.actor,
        reason=event.reason,
        approvers=tuple(dict.fromkeys(people)),
        is_override=is_override(event),
    )


def _happening(event: Event) -> Happening:
    return Happening(
        sequence=event.sequence,
        at=event.at,
        kind=event.kind,
        what=happened(event),
        actor=event.actor,
        reason=event.reason,
        is_override=is_override(event),
    )
