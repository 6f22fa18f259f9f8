"""What a person does to the history: the event first, then the release.

Mirrors and page follow in the next pipeline: after a promotion or a rollback at once,
after an approval or an archiving whenever one runs.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from churn.errors import HoldfastError
from churn.scoring.release import Release
from cli.models.place import Place
from registry.actor import actor
from registry.event import Event
from registry.ledger import Ledger
from registry.release import release, release_heads
from registry.transitions import Act
from registry.verify import check_whole
from storage.release import (
    ReleaseError,
    check_writable,
    readable_release,
    write_release,
)

FOLLOWING = {"promoted": "promotion", "rolled_back": "rollback"}


@dataclass(frozen=True)
class Done:
    """What was appended, what servers are told now, and how long both took."""

    events: tuple[Event, ...]
    release: Release
    seconds: float


def act(reason: str) -> Act:
    """Who runs this, now, and why."""
    return Act(actor(), datetime.now(UTC), reason)


def carry_out(
    place: Place, ledger: Ledger, before: Sequence[Event], new: tuple[Event, ...]
) -> Done:
    """Append the events and tell the servers.

    Raises
    ------
    ConfigError, ReleaseError
        If no release could be written; nothing is changed.
    LedgerBrokenError
        If the history was altered, or the release is another's; nothing is changed.
    LedgerMovedError
        If somebody else appended since ``before`` was read; nothing is changed.
    ReleaseError
        If the release fails after all: what was appended stands.
    """
    place.store("release")
    check_writable(place.model, environ=place.environ)
    _check(place, ledger)
    started = time.monotonic()
    appended = ledger.append(*new)
    told = release(place.model, [*before, *appended])
    try:
        write_release(told, environ=place.environ)
    except HoldfastError as error:
        raise ReleaseError(f"{error}; {_stands(place, appended[-1])}") from None
    return Done(appended, told, time.monotonic() - started)


def _check(place: Place, ledger: Ledger) -> None:
    """Refuse to build on a history that is not the one that was written."""
    told = readable_release(place.model, environ=place.environ)
    # Read anew: what others append meanwhile does not make the release wrong.
    events = ledger.events(place.model)
    check_whole(events, release_heads(told), place.trusted)


def _stands(place: Place, event: Event) -> str:
    """What holds although servers were not told, and how they are."""
    pipeline = FOLLOWING.get(event.kind, "deployment")
    return (
        f"event {event.sequence} stands, do not repeat it: "
        f"`{place.hints.command(f'--pipeline {pipeline}')}` repeats the release"
    )
