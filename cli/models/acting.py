"""Changing what is live: the event first, then the release, then the mirrors."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from churn.scoring.keys import signing_key
from churn.scoring.release import Release
from cli.models.place import Place
from registry.actor import actor
from registry.event import Event, Sign
from registry.ledger import Ledger
from registry.release import release
from registry.transitions import Act
from storage.release import write_release


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
    ConfigError
        If the stack has no place for a release; nothing is changed.
    LedgerMovedError
        If somebody else appended since ``before`` was read; nothing is changed.
    """
    place.store("release")
    started = time.monotonic()
    appended = ledger.append(*new)
    told = release(place.model, [*before, *appended])
    write_release(told, environ=place.stack.environment)
    return Done(appended, told, time.monotonic() - started)


def signer() -> Sign | None:
    """What signs the events of a person; None where no key is referred to."""
    key = signing_key(os.environ)
    return None if key is None else key.sign
