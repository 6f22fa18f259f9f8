"""Nothing is altered, left out, put in between or computed anew without being seen."""

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from churn.scoring.keys import TrustedKeys, fingerprint_of, key_pair, signing_key
from registry.errors import HoldfastError
from registry.event import Event, sealed
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


def test_signed_events_verify_and_an_unsigned_or_foreign_one_does_not():
    ours, stranger = (signing_key(variables()) for _ in range(2))
    trusted = TrustedKeys({ours.fingerprint: ours.private.public_key()})
    signed = chained(usual().events, ours.sign)
    foreign = chained(usual().events, stranger.sign)

    assert verify(signed, [], trusted) is None
    assert verify(WHOLE, [], trusted).sequence == 1
    assert stranger.fingerprint in verify(foreign, [], trusted).sentence
    assert ours.fingerprint == fingerprint_of(ours.private.public_key())


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
    """Whether the ledger shows no fault, in any model's history."""
    try:
        if ledger.models() != (MODEL,):
            return False
        return verify(ledger.events(MODEL), [head(whole)], None) is None
    except HoldfastError:
        return False


def test_an_empty_history_has_no_fault_unless_a_mirror_knows_better():
    assert verify(History().events, [], None) is None
    assert verify((), [head(WHOLE)], None).sequence == 1
