"""Recording a decision about a version, and what the version became."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from churn.gates.decision import Decision
from registry.ledger import Event, Ledger, LedgerMovedError
from registry.state import consequences, state

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
    """A version that was decided upon, by whom and when."""

    model: str
    version: str
    version_id: str
    actor: str
    at: datetime
    evidence: Mapping[str, str]

    @property
    def tags(self) -> dict[str, str]:
        """What other registries need to find their way back here."""
        return {"version": self.version, "version_id": self.version_id}


BECAME = {
    "promoted": "production",
    "staged": "staging",
    "waiting": "waiting",
    "rejected": "rejected",
}


def record(
    ledger: Ledger,
    candidate: Candidate,
    decision: Decision,
    compared_with: str | None,
) -> Registration:
    """Append the decision and its consequence; a repeated call changes nothing.

    ``compared_with`` is the champion's version that the decision rests on.

    Raises
    ------
    LedgerMovedError
        If others kept appending between every reading and writing.
    """
    for _ in range(ATTEMPTS):
        events = ledger.events(candidate.model)
        decided = [e for e in events if e.version_id == candidate.version_id]
        if decided:
            return _registration(candidate, decided[-1])
        head = state(events)
        kinds = consequences(head, decision, compared_with)
        reason = _reason(decision, kinds)
        new = [
            _event(candidate, kind, head.sequence + place, reason)
            for place, kind in enumerate(kinds, start=1)
        ]
        try:
            ledger.append(*new)
        except LedgerMovedError:
            continue
        return _registration(candidate, new[-1])
    msg = f"the ledger of {candidate.model!r} moved {ATTEMPTS} times while writing"
    raise LedgerMovedError(f"{msg}; run again")


def _reason(decision: Decision, kinds: tuple[str, ...]) -> str:
    if decision.approved and kinds == ("rejected",):
        return f"the champion changed meanwhile, run again; was {decision.reason}"
    return decision.reason


def _event(candidate: Candidate, kind: str, sequence: int, reason: str) -> Event:
    return Event(
        model=candidate.model,
        sequence=sequence,
        kind=kind,
        version=candidate.version,
        version_id=candidate.version_id,
        at=candidate.at,
        actor=candidate.actor,
        reason=reason,
        evidence=candidate.evidence,
    )


def _registration(candidate: Candidate, last: Event) -> Registration:
    return Registration(
        candidate.model, candidate.version, BECAME[last.kind], last.sequence
    )
