"""What the history says is live now: one pure function of the events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from churn.gates.decision import Decision
from registry.ledger import Event


@dataclass(frozen=True)
class State:
    """The head of the ledger for one model; each field is the event that set it."""

    production: Event | None = None
    staging: Event | None = None
    waiting: Event | None = None
    approved: Event | None = None
    sequence: int = 0


def state(events: Iterable[Event]) -> State:
    """Fold the history into what is live, in rollout and waiting."""
    head = State()
    for event in events:
        head = replace(_after(head, event), sequence=event.sequence)
    return head


def _after(head: State, event: Event) -> State:
    match event.kind:
        case "approved":
            return replace(head, approved=event)
        case "promoted":
            return replace(head, production=event)
        case "staged":
            return replace(head, staging=event)
        case "waiting":
            return replace(head, waiting=event)
        case _:
            return head


def consequences(
    head: State, decision: Decision, compared_with: str | None
) -> tuple[str, ...]:
    """The kinds of event that a decision adds to the history.

    An approved version takes staging when no rollout is running, else it waits;
    the first approved one becomes production where the policy says so. A decision
    against another champion than the one in production now proves nothing.

    Parameters
    ----------
    compared_with : str or None
        The champion's version on the scorecard; None: there was none.
    """
    production = head.production.version if head.production else None
    if not decision.approved or production != compared_with:
        return ("rejected",)
    if head.production is None and decision.promotes_without_champion:
        return ("approved", "promoted")
    return ("approved", "staged" if head.staging is None else "waiting")
