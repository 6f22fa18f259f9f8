"""Nothing is altered, left out, put in between or computed anew without being seen."""

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from churn.scoring.keys import TrustedKeys, fingerprint_of, key_pair, signing_key
from registry.errors import HoldfastError
from registry.event import Event, hash_of, sealed
from registry.ledger import Ledger
from registry.rows import EVENTS
from registry.verify import Fault, Head, verify
from tests.ledger_histories import MODEL, History, usual

EDITS = 100


def chained(events: Sequence[Event], sign=None) -> tuple[Event, ...]:
    done: list[Event] = []
    for event in events:
        done.append(sealed(event, done[-1] if done else None, sign))
    return tuple(done)


WHOLE = chained(usual().events)


def head(events: Sequence[Event]) -> Head:
    return Head("MLflow", events[-1].sequence, events[-1].hash)


def test_a_history_that_nobody_touched_has_no_fault():
    assert verify(WHOLE, [head(WHOLE)], None) is None


def test_a_mirror_that_is_merely_behind_is_no_fault():
    assert verify(WHOLE, [head(WHOLE[:5])], None) is None


def test_an_altered_event_is_named():
    altered = (*WHOLE[:4], replace(WHOLE[4], reason="fine"), *WHOLE[5:])

    assert verify(altered, [], None) == Fault(5, "event 5 was altered")


def test_an_altered_event_with_a_new_hash_is_betrayed_by_the_next():
    again = sealed(replace(WHOLE[4], reason="fine"), WHOLE[3], None)

    fault = verify((*WHOLE[:4], again, *WHOLE[5:]), [], None)

    assert fault == Fault(6, "event 6 does not follow event 5")


def test_a_missing_event_is_named():
    assert verify((*WHOLE[:4], *WHOLE[5:]), [], None) == Fault(5, "event 5 is missing")


def test_an_event_put_in_between_is_found():
    assert verify((*WHOLE[:4], WHOLE[3], *WHOLE[4:]), [], None) is not None


def test_swapped_events_are_found():
    assert verify((WHOLE[1], WHOLE[0], *WHOLE[2:]), [], None) is not None


def test_a_tail_that_was_cut_off_is_known_from_a_mirror():
    fault = verify(WHOLE[:-1], [head(WHOLE)], None)

    n = len(WHOLE)
    told = f"MLflow saw event {n}, and the history ends with {n - 1}"
    assert fault == Fault(n, told)


def test_a_wholly_computed_history_is_known_from_a_mirror():
    lie = chained([WHOLE[0], replace(WHOLE[1], actor="nobody"), *WHOLE[2:]])

    assert verify(lie, [], None) is None
    assert verify(lie, [head(WHOLE)], None) == Fault(
        len(WHOLE), f"MLflow saw event {len(WHOLE)} with another hash"
    )


def test_signed_events_verify_and_foreign_ones_do_not():
    ours, stranger = (signing_key(variables()) for _ in range(2))
    trusted = TrustedKeys({ours.fingerprint: ours.private.public_key()})
    signed = chained(usual().events, ours.sign)
    foreign = chained(usual().events, stranger.sign)

    assert verify(signed, [], trusted) is None
    assert verify(foreign, [], trusted).sequence == 1
    assert stranger.fingerprint in verify(foreign, [], trusted).sentence
    assert ours.fingerprint == fingerprint_of(ours.private.public_key())


def test_what_was_written_before_there_were_keys_stays_as_it_is_and_signing_goes_on():
    key = signing_key(variables())
    trusted = TrustedKeys({key.fingerprint: key.private.public_key()})
    first_signed = sealed(WHOLE[5], WHOLE[4], key.sign)
    then_unsigned = sealed(WHOLE[6], first_signed, None)

    assert verify(WHOLE, [], trusted) is None
    assert verify((*WHOLE[:5], first_signed), [], trusted) is None
    fault = verify((*WHOLE[:5], first_signed, then_unsigned), [], trusted)
    assert fault.sequence == 7
    assert "expected a signature, found none" in fault.sentence


def test_the_first_signature_covers_the_unsigned_events_before_it():
    key = signing_key(variables())
    trusted = TrustedKeys({key.fingerprint: key.private.public_key()})
    signed = sealed(WHOLE[5], WHOLE[4], key.sign)
    lie = chained([WHOLE[0], replace(WHOLE[1], actor="nobody"), *WHOLE[2:5]])
    linked = replace(signed, previous_hash=lie[-1].hash)
    forged = replace(linked, hash=hash_of(linked))

    assert verify((*lie, forged), [], None) is None
    assert verify((*lie, forged), [], trusted).sequence == 6


def variables() -> dict[str, str]:
    private, _ = key_pair()
    return {"HOLDFAST_SIGNING_KEY": "env:KEY", "KEY": private.decode()}


@pytest.mark.parametrize("seed", [1, 2])
def test_100_of_100_random_edits_of_one_byte_are_found(tmp_path: Path, seed: int):
    chance = random.Random(seed)  # noqa: S311 (it hides nothing)
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}"
    key = signing_key(variables())
    ledger = Ledger(url, sign=key.sign)
    whole = ledger.append(*usual().events)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER ledger_no_update")
    assert intact(ledger, whole)

    missed = [
        edit
        for _ in range(EDITS)
        if (edit := unseen(connection, ledger, whole, chance))
    ]

    connection.close()
    ledger.close()
    assert missed == []


@pytest.mark.parametrize("seed", [1, 2])
def test_100_random_edits_of_one_byte_of_the_file_are_found_or_change_nothing(
    tmp_path: Path, seed: int
):
    chance = random.Random(seed)  # noqa: S311 (it hides nothing)
    path = tmp_path / "ledger.db"
    whole = usual().write(f"sqlite:///{path}")
    before = path.read_bytes()
    found = []

    for _ in range(EDITS):
        edited = bytearray(before)
        edited[chance.randrange(len(before))] ^= 1 << chance.randrange(8)
        path.write_bytes(edited)
        found.append(is_found(path, whole))

    assert 0 < sum(found) < EDITS


def is_found(path: Path, whole: tuple[Event, ...]) -> bool:
    """Whether a fault is told; if none is, the history is the one that was written."""
    try:
        ledger = Ledger(f"sqlite:///{path}", create=False)
        events = ledger.events(MODEL)
    except HoldfastError:
        return True
    if verify(events, [head(whole)], None) is not None:
        return True
    assert events == whole
    return False


def unseen(
    connection: sqlite3.Connection,
    ledger: Ledger,
    whole: tuple[Event, ...],
    chance: random.Random,
) -> tuple[int, str, str] | None:
    """Edit one byte of one value, look, and put it back; the edit, if nobody saw it."""
    row = chance.randint(1, len(whole))
    column = chance.choice([c.name for c in EVENTS.columns])
    where = f"WHERE rowid = {row}"
    (before,) = connection.execute(
        f"SELECT {column} FROM ledger_events {where}"
    ).fetchone()
    edited = with_one_byte_changed(str(before), chance)
    update = f"UPDATE ledger_events SET {column} = ? {where}"
    try:
        connection.execute(update, [edited])
    except sqlite3.IntegrityError:
        return None  # a number that is taken
    seen = not intact(ledger, whole)
    connection.execute(update, [before])
    return None if seen else (row, column, edited)


def with_one_byte_changed(text: str, chance: random.Random) -> str:
    """One character exchanged, added or removed."""
    place, new = chance.randrange(len(text) + 1), chr(chance.randint(32, 126))
    width = chance.choice([0, 1])
    edited = text[:place] + new + text[place + width :]
    if chance.random() < 0.3 or edited == text:
        edited = text[: max(place - 1, 0)] + text[max(place, 1) :]
    return edited if edited != text else f"{text} "


def intact(ledger: Ledger, whole: tuple[Event, ...]) -> bool:
    """Whether the ledger shows no fault."""
    try:
        return verify(ledger.events(MODEL), [head(whole)], None) is None
    except HoldfastError:
        return False


@pytest.mark.parametrize("sequence", [0, -1, -100])
def test_a_head_of_no_event_is_a_fault_and_no_crash(sequence: int):
    for events in (WHOLE, ()):
        assert verify(events, [Head("ZenML", sequence, "abc")], None) is not None


def test_an_empty_history_has_no_fault_unless_a_mirror_knows_better():
    assert verify(History().events, [], None) is None
    assert verify((), [head(WHOLE)], None).sequence == 1
    nothing_yet = Head("the release", 0, "")
    assert verify((), [nothing_yet], None) is None
    assert verify(WHOLE, [nothing_yet], None) is None
