"""Whether a history is the one that was written: its chain, and what mirrors saw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from churn.errors import HoldfastError
from churn.scoring.keys import TrustedKeys
from registry.errors import LedgerBrokenError
from registry.event import NO_HASH, Event, hash_of, signed_content


@dataclass(frozen=True)
class Head:
    """How far a mirror had followed the history, and the hash it saw there."""

    where: str
    sequence: int
    hash: str


@dataclass(frozen=True)
class Fault:
    """The first event that is not as it was written, and how one knows."""

    sequence: int
    sentence: str


def verify(
    events: Sequence[Event], heads: Iterable[Head], trusted: TrustedKeys | None
) -> Fault | None:
    """The first fault of a model's history; None if there is none.

    Parameters
    ----------
    heads : iterable of Head
        What the mirrors recorded. The chain alone cannot tell a history that was
        cut short or wholly computed anew; a mirror that is merely behind is no fault.
    trusted : TrustedKeys or None
        Where given, every event must bear the signature of one of these keys from
        the first signed one on; that signature covers the hash of all before it.
    """
    chain = _first_break(events)
    if chain is not None:
        return chain
    # A mirror of an empty history saw event 0.
    hashes = (NO_HASH, *(event.hash for event in events))
    for head in sorted(heads, key=lambda head: head.sequence):
        told = f"{head.where} saw event {head.sequence}"
        if not 0 <= head.sequence <= len(events):
            return Fault(
                len(events) + 1, f"{told}, and the history ends with {len(events)}"
            )
        if hashes[head.sequence] != head.hash:
            return Fault(head.sequence, f"{told} with another hash")
    return None if trusted is None else _first_unsigned(events, trusted)


def check_whole(
    events: Sequence[Event], heads: Iterable[Head], trusted: TrustedKeys | None
) -> None:
    """Refuse to go on from a history that has a fault.

    Raises
    ------
    LedgerBrokenError
    """
    fault = verify(events, heads, trusted)
    if fault is not None:
        raise LedgerBrokenError(
            f"the ledger is broken: {fault.sentence}; restore it from a backup (or, "
            "where that was left by another ledger, delete what was left)"
        )


def unsigned_prefix(events: Sequence[Event]) -> int:
    """How many events were written before anybody signed one."""
    signed = (place for place, event in enumerate(events) if event.signature)
    return next(signed, len(events))


def _first_break(events: Sequence[Event]) -> Fault | None:
    previous = NO_HASH
    for place, event in enumerate(events, start=1):
        if event.sequence != place:
            return Fault(place, f"event {place} is missing")
        if event.previous_hash != previous:
            return Fault(place, f"event {place} does not follow event {place - 1}")
        if event.hash != hash_of(event):
            return Fault(place, f"event {place} was altered")
        previous = event.hash
    return None


def _first_unsigned(events: Sequence[Event], trusted: TrustedKeys) -> Fault | None:
    for event in events[unsigned_prefix(events) :]:
        try:
            trusted.check(event.signature, signed_content(event))
        except HoldfastError as error:
            return Fault(event.sequence, f"event {event.sequence}: {error}")
    return None
