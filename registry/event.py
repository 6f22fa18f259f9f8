"""One line of a history: what happened to a version, and its place in the chain.

An event's hash covers all its fields and the hash of the event before it, so that
nothing can be altered, left out or put in between without every later hash changing.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal[
    "registered",
    "evaluated",
    "decided",
    "staged",
    "waiting",
    "approved",
    "rollout",
    "paused",
    "resumed",
    "stopped",
    "promoted",
    "rolled_back",
    "archived",
    "alarmed",
    "cleared",
    "retraining",
]
FORMAT = 1
NO_HASH = ""
Sign = Callable[[bytes], str]


@dataclass(frozen=True)
class Lineage:
    """Where a version came from; an empty text where there is no such thing."""

    bundle_uri: str = ""
    bundle_sha256: str = ""
    data_sha256: str = ""
    configuration_sha256: str = ""
    git_commit: str = ""
    run: str = ""
    run_id: str = ""
    mlflow_run_id: str = ""
    mlflow_experiment_id: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that happened to one version of one model.

    ``version`` is the number people see, ``version_id`` what identifies it. In a
    ``rolled_back`` event both name the version that is live again; in a ``stopped``
    event the one that left its rollout; in ``alarmed``, ``cleared`` and ``retraining``
    the one in production, with which nothing happens. ``evidence`` is JSON, of the
    shape that belongs to the kind. The last three fields are the ledger's: empty until
    the event is appended (and ``signature`` where no key is).
    """

    model: str
    sequence: int
    kind: Kind
    version: str
    version_id: str
    at: datetime
    actor: str
    reason: str
    lineage: Lineage
    evidence: Mapping[str, Any]
    previous_hash: str = NO_HASH
    hash: str = NO_HASH
    signature: str = ""


def canonical(value: Any) -> str:
    """JSON with sorted keys and without spaces: one text for one value."""
    return json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def moment(at: datetime) -> str:
    """A moment of UTC as text that sorts as time does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def signed_content(event: Event) -> bytes:
    """What a signature signs: everything but itself and the hash."""
    return canonical(_document(event, "hash", "signature")).encode()


def hash_of(event: Event) -> str:
    """The sha256 over everything but itself."""
    return hashlib.sha256(canonical(_document(event, "hash")).encode()).hexdigest()


def sealed(event: Event, previous: Event | None, sign: Sign | None) -> Event:
    """Chain an event to the one before it.

    No event is older than its predecessor: the order is proven, a clock is not.
    """
    linked = replace(
        event,
        at=max(event.at, previous.at) if previous else event.at,
        evidence=json.loads(canonical(event.evidence)),
        previous_hash=previous.hash if previous else NO_HASH,
    )
    signature = "" if sign is None else sign(signed_content(linked))
    signed = replace(linked, signature=signature)
    return replace(signed, hash=hash_of(signed))


def _document(event: Event, *without: str) -> dict[str, Any]:
    plain = {"lineage": vars(event.lineage), "at": moment(event.at), "format": FORMAT}
    fields = vars(event) | plain
    return {name: value for name, value in fields.items() if name not in without}
