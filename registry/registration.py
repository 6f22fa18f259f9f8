"""Recording a version, what was decided about it, and what it became."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churn.gates.decision import Decision
from registry.errors import LedgerMovedError
from registry.event import Event, Kind, Lineage
from registry.ledger import Ledger
from registry.state import State, state
from registry.transitions import Act

ATTEMPTS = 5


@dataclass(frozen=True)
class Registration:
    """What became of a version: production, staging, waiting or rejected."""

    model: str
    version: str
    became: str
    sequence: int


@dataclass(frozen=True)
class Candidate:
    """A version that was made and decided upon, by whom and when.

    ``registered``, ``evaluated`` and ``decided`` are the evidence of these events.
    """

    model: str
    version: str
    version_id: str
    act: Act
    lineage: Lineage
    registered: Mapping[str, Any]
    evaluated: Mapping[str, Any]
    decided: Mapping[str, Any]

    @property
    def compared_with(self) -> str | None:
        """The champion's version that the decision rests on; None: there was none."""
        version = self.evaluated["compared_with"]
        return None if version is None else str(version)

    @property
    def tags(self) -> dict[str, str]:
        """What other registries need to find their way back here."""
        return {"version": self.version, "version_id": self.version_id}


BECAME = {
    "promoted": "production",
    "staged": "staging",
    "waiting": "waiting",
    "decided": "rejected",
}


def record(ledger: Ledger, candidate: Candidate, decision: Decision) -> Registration:
    """Append what happened to a version in one go; a repeated call changes nothing.

    Raises
    ------
    LedgerMovedError
        If others kept appending between every reading and writing.
    """
    for _ in range(ATTEMPTS):
        events = ledger.events(candidate.model)
        own = [e for e in events if e.version_id == candidate.version_id]
        if own:
            return _registration(candidate, own)
        try:
            new = ledger.append(*_story(state(events), candidate, decision))
        except LedgerMovedError:
            continue
        return _registration(candidate, list(new))
    raise LedgerMovedError(
        f"the ledger of {candidate.model!r} moved {ATTEMPTS} times while writing; "
        "run again"
    )


def consequences(
    head: State, decision: Decision, compared_with: str | None
) -> tuple[Kind, ...]:
    """The kinds of event that follow a decision.

    An approved version takes staging when no rollout is running, else it waits;
    the first approved one becomes production where the policy says so. A decision
    against another champion than the one in production now proves nothing.

    Parameters
    ----------
    compared_with : str or None
        The champion's version that the decision rests on; None: there was none.
    """
    if not decision.approved or head.champion != compared_with:
        return ()
    if head.production is None and decision.promotes_without_champion:
        return ("promoted",)
    return ("staged" if head.staging is None else "waiting",)


def _story(head: State, candidate: Candidate, decision: Decision) -> list[Event]:
    """All events of a new version, in their order."""
    against = candidate.compared_with
    follow = consequences(head, decision, against)
    reason = _reason(decision, follow)
    promoted = {"decision": candidate.decided["decision"], "override": False}
    told: dict[Kind, tuple[str, Mapping[str, Any]]] = {
        "registered": (candidate.act.reason, candidate.registered),
        "evaluated": (candidate.act.reason, candidate.evaluated),
        "decided": (reason, candidate.decided),
        "staged": (reason, {"compared_with": against}),
        "waiting": (reason, {"compared_with": against}),
        "promoted": (reason, promoted | {"approvers": [], "from": None}),
    }
    kinds: tuple[Kind, ...] = ("registered", "evaluated", "decided", *follow)
    return [
        _event(candidate, kind, head.sequence + place, *told[kind])
        for place, kind in enumerate(kinds, start=1)
    ]


def _reason(decision: Decision, follow: tuple[Kind, ...]) -> str:
    if decision.approved and not follow:
        return f"the champion changed meanwhile, run again; was {decision.reason}"
    return decision.reason


def _event(
    candidate: Candidate,
    kind: Kind,
    sequence: int,
    reason: str,
    evidence: Mapping[str, Any],
) -> Event:
    return Event(
        model=candidate.model,
        sequence=sequence,
        kind=kind,
        version=candidate.version,
        version_id=candidate.version_id,
        at=candidate.act.at,
        actor=candidate.act.actor,
        reason=reason,
        lineage=candidate.lineage,
        evidence=evidence,
    )


def _registration(candidate: Candidate, own: list[Event]) -> Registration:
    """What the version became last."""
    last = [event for event in own if event.kind in BECAME][-1]
    return Registration(
        candidate.model, candidate.version, BECAME[last.kind], last.sequence
    )
