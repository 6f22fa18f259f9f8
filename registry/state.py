"""What the history says is live: one pure function of the events.

Of a past instant too: ``state(until(events, instant))``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from registry.event import NO_HASH, Event, Kind


@dataclass(frozen=True)
class Rollout:
    """How far the version in staging has come on its way to production.

    ``started`` is the event that began the rollout, ``entered`` the one that began the
    phase it is in. A paused rollout stays in its phase.
    """

    started: Event
    entered: Event
    is_paused: bool

    @property
    def version(self) -> str:
        """The version that is rolled out."""
        return self.entered.version

    @property
    def phase(self) -> str:
        """Where it is: shadow or canary."""
        return str(self.entered.evidence["to"])

    @property
    def weight(self) -> float:
        """The share of the customers whom it answers."""
        return float(self.entered.evidence["weight"])

    @property
    def since(self) -> datetime:
        """When the phase began."""
        return self.entered.at

    @property
    def plan(self) -> dict[str, Any]:
        """The policy by which it is rolled out, as it was when it began."""
        return dict(self.started.evidence["plan"])


@dataclass(frozen=True)
class State:
    """The head of a model's history; each stage is held by the event that set it.

    ``rollout`` is that of the version in staging, once it has begun. ``lived`` are the
    events that made a version live, oldest first; ``unhealthy``, ``stopped`` and
    ``archived`` hold ids of versions: those that were rolled back from, whose rollout
    was ended, and those put away.
    """

    production: Event | None = None
    staging: Event | None = None
    waiting: Event | None = None
    rollout: Rollout | None = None
    lived: tuple[Event, ...] = ()
    unhealthy: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()
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
        move = MOVES.get(event.kind)
        after = head if move is None else _settled(move(head, event))
        head = replace(after, sequence=event.sequence, hash=event.hash)
    return head


def until(events: Iterable[Event], instant: datetime) -> tuple[Event, ...]:
    """The history as it was at an instant."""
    return tuple(event for event in events if event.at <= instant)


def _staged(head: State, event: Event) -> State:
    return replace(_left(head, event), staging=event)


def _waiting(head: State, event: Event) -> State:
    return replace(_left(head, event), waiting=event)


def _rolled_out(head: State, event: Event) -> State:
    """Begin a rollout, or its next phase; whoever else held staging waits again."""
    left = _left(head, event)
    running = head.rollout
    is_next = running is not None and running.entered.version_id == event.version_id
    started = running.started if running is not None and is_next else event
    return replace(
        left,
        staging=event,
        waiting=left.waiting or left.staging,
        rollout=Rollout(started, event, is_paused=False),
        stopped=left.stopped - {event.version_id},
    )


def _paused(head: State, event: Event) -> State:
    running = head.rollout
    if running is None:
        return head
    is_paused = event.kind == "paused"
    return replace(head, rollout=replace(running, is_paused=is_paused))


def _stopped(head: State, event: Event) -> State:
    left = _left(head, event)
    return replace(left, stopped=left.stopped | {event.version_id})


def _rolled_back(head: State, event: Event) -> State:
    bad = {head.production.version_id} if head.production else set()
    return _live(replace(head, unhealthy=head.unhealthy | bad), event)


def _archived(head: State, event: Event) -> State:
    left = _left(head, event)
    return replace(left, archived=left.archived | {event.version_id})


def _settled(head: State) -> State:
    """End a rollout whose version left staging, and let the next one take its place."""
    next_ = _not_overtaken(head.waiting, head.champion) if not head.staging else None
    if next_ is not None:
        head = replace(head, staging=next_, waiting=None)
    staging, running = head.staging, head.rollout
    is_over = running is not None and (
        staging is None or staging.version_id != running.entered.version_id
    )
    return replace(head, rollout=None) if is_over else head


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
        stopped=head.stopped - {event.version_id},
    )


def _not_overtaken(holder: Event | None, champion: str | None) -> Event | None:
    if holder is None or holder.evidence["compared_with"] != champion:
        return None
    return holder


MOVES: Mapping[Kind, Callable[[State, Event], State]] = {
    "staged": _staged,
    "waiting": _waiting,
    "rollout": _rolled_out,
    "paused": _paused,
    "resumed": _paused,
    "stopped": _stopped,
    "promoted": _live,
    "rolled_back": _rolled_back,
    "archived": _archived,
}
"""What the kinds of event do that change who holds what."""
