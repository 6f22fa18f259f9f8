"""`models replay`: decide again from the stored rows, and find the same answer."""

from rich.console import Group
from rich.text import Text

from churn.errors import UsageError
from churn.gates.decision import Decision
from churn.rollout.decision import RolloutDecision
from cli.models.differences import first_difference
from cli.models.place import Place
from cli.models.rederive import rederive
from cli.models.speaking import decided, say
from cli.rollout.replaying import ASSESSMENT, assessment, reassessed
from cli.tables import gates_table
from registry.event import Event
from registry.measured import decision
from registry.page import happened
from registry.transitions import plain
from registry.versions import find, of_event

DIFFERS = 1
EVENT = "event:"
PRODUCTION = "production"
DECISIONS = {"decision", ASSESSMENT}


def replay(place: Place, name: str, *, as_json: bool) -> int:
    """Derive a decision anew; 1 when the answer is another."""
    events = place.events()
    event = find_decision(events, name)
    stored = assessment(event) or decision(event)
    if stored is None:
        raise UsageError(
            f"event {event.sequence} rests on no decision; there is nothing to replay"
        )
    before = tuple(e for e in events if e.sequence < event.sequence)
    derived = (
        _derived(place, event, before, events)
        if isinstance(stored, Decision)
        else reassessed(place, event, before)
    )
    difference = first_difference(plain(stored), plain(derived))
    document = {
        "event": event.sequence,
        "version": event.version,
        "same": difference is None,
        "difference": difference,
        "stored": stored,
        "derived": derived,
    }
    say(document, _shown(event, derived, difference), as_json=as_json)
    return 0 if difference is None else DIFFERS


def find_decision(events: tuple[Event, ...], name: str) -> Event:
    """The event that a sequence number or a version's number names.

    ``event:12`` is event 12; ``12`` is version 12, and its run's decision.

    Raises
    ------
    UsageError, UnknownVersionError
    """
    if not name.startswith(EVENT):
        found = find(events, name).event("decided")
        if found is None:
            raise UsageError(f"nothing was ever decided about version {name}")
        return found
    known = {str(e.sequence): e for e in events if {*e.evidence} & DECISIONS}
    sequence = name.removeprefix(EVENT)
    if sequence not in known:
        raise UsageError(
            f"event {sequence} is no decision; known are {', '.join(known)}"
        )
    return known[sequence]


def _derived(
    place: Place, event: Event, before: tuple[Event, ...], events: tuple[Event, ...]
) -> Decision:
    """With the approvals of that moment; a run's own decision knows of none.

    A run that promotes at once does so on the decision about staging.
    """
    version = of_event(events, event)
    own = version.evidence("decided")
    is_own = event.evidence["decision"] == own["decision"]
    approvals = of_event((*before, event), event).approvers
    return rederive(
        place,
        version,
        stage=own["stage"] if is_own else PRODUCTION,
        approvals=() if is_own else approvals,
    )


def _shown(
    event: Event, derived: Decision | RolloutDecision, difference: str | None
) -> Group:
    told = f"event {event.sequence}, {happened(event)}: "
    if difference is None:
        head = Text(f"{told}same answer", style="bold green")
    else:
        head = Text(f"{told}ANOTHER ANSWER: {difference}", style="bold red")
    if isinstance(derived, Decision):
        return Group(head, decided(derived))
    return Group(
        head, Text(derived.reason), gates_table(derived.gates, is_rollout=True)
    )
