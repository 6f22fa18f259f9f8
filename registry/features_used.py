"""Which versions of a model use a feature, as the ledger has it."""

from collections.abc import Iterable

from registry.event import Event
from registry.versions import versions


def versions_using(events: Iterable[Event], names: Iterable[str]) -> tuple[Event, ...]:
    """The last event of each version whose model takes any of these, oldest first."""
    wanted = set(names)
    users = (each for each in versions(events) if wanted.intersection(each.features))
    return tuple(sorted((each.last for each in users), key=lambda e: e.sequence))
