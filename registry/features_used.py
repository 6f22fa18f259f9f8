"""Which versions of a model use a feature, as the ledger has it."""

from collections.abc import Iterable

from registry.ledger import Event

# In an event's evidence: the names of the features the version's model takes.
FEATURES = "features"


def listed(names: Iterable[str]) -> str:
    """Names as one text of an event's evidence."""
    return " ".join(names)


def versions_using(events: Iterable[Event], names: Iterable[str]) -> tuple[Event, ...]:
    """The last event of each version whose model takes any of these, oldest first."""
    wanted = set(names)
    last = {
        event.version: event
        for event in events
        if wanted.intersection(event.evidence.get(FEATURES, "").split())
    }
    return tuple(sorted(last.values(), key=lambda event: event.sequence))
