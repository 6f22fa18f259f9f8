"""What the history says is live: one pure function of the events.

Of a past instant too: ``state(until(events, instant))``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from registry.event import NO_HASH, Event


@dataclass(frozen=True)
class State:
    """The head of a model's history; each stage is held by the event that set it.

    ``lived`` are the events that made a version live, oldest first; ``unhealthy``
    and ``archived`` hold ids of versions: those that were rolled back from, and
    those put away.
    """

    production: Event | None = None
    staging: Event | None = None
    waiting: Event | None = None
    lived: tuple[Event, ...] = ()
    unhealthy: frozenset[str] = frozenset()
    archived: frozenset[str] = frozenset()
    sequence: int = 0
    hash: str = NO_HASH

    @property
    def champion(self) -> str | None:
        """The version in production."""
        return self.production.version if self.production else None

    @property
    def healthy(self) -> tuple[Event, ...]:
        """Who could go live again: was live, is not, had no fault, last one first."""
        barred = self.unhealthy | self.archived
        if self.production is not None:
            barred |= {self.production.version_id}
        last = {e.version_id: e for e in self.lived if e.version_id not in barred}
        return tuple(sorted(last.values(), key=lambda e: e.sequence, reverse=True))


def state(events: Iterable[Event]) -> State:
    """Fold the history into what is live, in rollout and waiting."""
    head = State()
    for event in events:
        head = replace(_after(head, event), sequence=event.sequence, hash=event.hash)
    return head


def until(events: Iterable[Event], instant: datetime) -> tuple[Event, ...]:
    """The history as it was at an instant."""
    return tuple(event for event in events if event.at <= instant)


def _after(head: State, event: Event) -> State:
    match event.kind:
        case "staged":
            return replace(_left(head, event), staging=event)
        case "waiting":
            return replace(_left(head, event), waiting=event)
        case "promoted":
            return _live(head, event)
        case "rolled_back":
            bad = {head.production.version_id} if head.production else set()
            return _live(replace(head, unhealthy=head.unhealthy | bad), event)
        case "archived":
            left = _left(head, event)
            return replace(left, archived=left.archived | {event.version_id})
        case _:
            return head


def _left(head: State, event: Event) -> State:
    """Take the event's version out of whatever stage it held on its way up."""
    return replace(
        head,
        staging=_unless(head.staging, event),
        waiting=_unless(head.waiting, event),
    )


def _unless(holder: Event | None, event: Event) -> Event | None:
    same = holder is not None and holder.version_id == event.version_id
    return None if same else holder


def _live(head: State, event: Event) -> State:
    """Make the event's version live.

    Versions that were found better than another champion are overtaken.
    """
    left = _left(head, event)
    return replace(
        left,
        production=event,
        staging=_not_overtaken(left.staging, event.version),
        waiting=_not_overtaken(left.waiting, event.version),
        lived=(*head.lived, event),
        unhealthy=head.unhealthy - {event.version_id},
    )


def _not_overtaken(holder: Event | None, champion: str) -> Event | None:
    if holder is None or holder.evidence["compared_with"] != champion:
        return None
    return holder
