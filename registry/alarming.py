"""Alarms in the history: what was told of each, and what is told now.

The ledger alone knows which alarm stands, so that of two runs of a day only one tells
it, and a run that was killed tells it when it is repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from churn.errors import HoldfastError
from churn.monitoring.alarms import AlertPlan, Due, Notice, due
from churn.monitoring.health import Health
from registry.conditions import Act, as_reason
from registry.errors import LedgerMovedError
from registry.event import Event, Kind, moment
from registry.ledger import Ledger
from registry.state import state
from registry.transitions import next_event, plain
from registry.versions import of_event

KINDS: tuple[Kind, ...] = ("alarmed", "cleared")
ATTEMPTS = 5


class NothingInProductionError(HoldfastError):
    """No version is live, so there is nobody whose alarm it could be."""


@dataclass(frozen=True)
class Alarmed:
    """The whole history now, which of it is new, and what was held back."""

    events: tuple[Event, ...]
    new: tuple[Event, ...]
    held_back: tuple[str, ...]


def record_alarms(
    history: Ledger, model: str, health: Health, plan: AlertPlan, act: Act
) -> Alarmed:
    """Append what is to be told of a day; nothing the second time.

    Raises
    ------
    LedgerError
        If the history cannot be read or written, or others write to it all the time.
    """
    for attempt in range(1, ATTEMPTS + 1):
        events = history.events(model)
        found = due(last_told(events), health, plan)
        new = alarm_events(events, act, found)
        try:
            added = history.append(*new) if new else ()
        except LedgerMovedError:
            if attempt == ATTEMPTS:
                raise
            continue
        return Alarmed((*events, *added), added, found.held_back)
    raise AssertionError


@dataclass(frozen=True)
class Alerted:
    """What was told in a run, which alarms stand, and what each channel did.

    Parameters
    ----------
    told : tuple of Notice
        Told now for the first time.
    standing : tuple of Notice
        Every alarm that is not over, as it was told last.
    held_back : tuple of str
        Of these, the names of those that are not told again yet.
    channels : mapping of channel to str
        In words.
    """

    told: tuple[Notice, ...]
    standing: tuple[Notice, ...]
    held_back: tuple[str, ...]
    channels: Mapping[str, str]


def alerted(found: Alarmed, channels: Mapping[str, str]) -> Alerted:
    """What a run told, once its channels did what they could."""
    return Alerted(
        told=tuple(notice_of(event) for event in found.new),
        standing=standing(found.events),
        held_back=found.held_back,
        channels=channels,
    )


def documents(events: Sequence[Event]) -> list[dict[str, Any]]:
    """What channels are given of each alarm, the oldest first."""
    return [_document(event) for event in events if event.kind in KINDS]


def _document(event: Event) -> dict[str, Any]:
    notice = notice_of(event)
    return {
        "model": event.model,
        "sequence": event.sequence,
        "at": moment(event.at),
        "severity": notice.severity,
        "text": f"{event.model}: {notice.text}",
        **plain(notice),
    }


def last_told(events: Sequence[Event]) -> dict[str, Notice]:
    """What was told last of each alarm, by the name of its harm."""
    told = [notice_of(event) for event in events if event.kind in KINDS]
    return {notice.name: notice for notice in told}


def standing(events: Sequence[Event]) -> tuple[Notice, ...]:
    """The alarms that were raised and are not over."""
    return tuple(one for one in last_told(events).values() if not one.is_over)


def alarm_events(events: Sequence[Event], act: Act, found: Due) -> tuple[Event, ...]:
    """The events of a day's notices, each following the one before."""
    head = state(events)
    if not found.notices:
        return ()
    if head.production is None:
        raise NothingInProductionError("nothing is in production; nothing to alarm of")
    live = of_event(events, head.production)
    made = []
    for place, notice in enumerate(found.notices):
        told = replace(act, reason=as_reason(f"{notice.name}: {notice.what}"))
        kind: Kind = "cleared" if notice.is_over else "alarmed"
        event = next_event(head, live, kind, told, {"notice": plain(notice)})
        made.append(replace(event, sequence=event.sequence + place))
    return tuple(made)


def notice_of(event: Event) -> Notice:
    """What an event told."""
    return msgspec.convert(event.evidence["notice"], Notice)
