"""Deciding a rollout's step again, from the log's rows as they were stored."""

from typing import Any

import msgspec

from churn.rollout.assess import assess
from churn.rollout.decision import RolloutDecision
from churn.rollout.evidence_files import rollout_evidence_from
from churn.rollout.plan import parse_rollout
from cli.models.place import Place
from cli.models.stored import read_folder
from registry.event import Event
from registry.rederive import EvidenceError, unaltered
from registry.state import state

ASSESSMENT = "assessment"


def assessment(event: Event) -> RolloutDecision | None:
    """What was decided of a rollout at an event; None where nothing was."""
    found: Any = event.evidence.get(ASSESSMENT)
    return None if found is None else msgspec.convert(found, RolloutDecision)


def reassessed(
    place: Place, event: Event, before: tuple[Event, ...]
) -> RolloutDecision:
    """What the rollout's policy answers about the rows that an event rests on.

    Raises
    ------
    EvidenceError, ArtifactGoneError
        If they are gone, or were altered.
    """
    running = state(before).rollout
    if running is None:
        raise EvidenceError(f"event {event.sequence} ends no rollout that had begun")
    files = read_folder(place, event.evidence["evidence_uri"])
    whose = f"the evidence of event {event.sequence}"
    return assess(
        parse_rollout(running.plan),
        running.phase,
        rollout_evidence_from(unaltered(files, event.evidence, whose)),
        version=running.version,
        since=running.since,
        at=event.at,
    )
