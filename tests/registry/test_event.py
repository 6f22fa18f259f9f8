import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from registry.event import Event, Lineage, hash_of, moment, sealed, signed_content
from tests.ledger_histories import History

EVENT = History("churn").add("archived", 1, {"b": 1, "a": 2.5}).events[0]
LATER = History("churn").add("archived", 1).add("archived", 2).events[1]


def test_the_hash_is_sha256_over_sorted_json_of_all_fields_but_itself():
    event = replace(EVENT, reason="für immer", previous_hash="p", signature="s")
    document = {
        "actor": "trainer",
        "at": "2026-03-01T10:00:00.000000+00:00",
        "evidence": {"a": 2.5, "b": 1},
        "format": 1,
        "kind": "archived",
        "lineage": vars(event.lineage),
        "model": "churn",
        "previous_hash": "p",
        "reason": "für immer",
        "sequence": 1,
        "signature": "s",
        "version": "1",
        "version_id": "id-1",
    }
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )

    assert hash_of(event) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", [f.name for f in fields(Event) if f.name != "hash"])
def test_no_field_can_change_without_the_hash(name: str):
    others = {
        "sequence": 2,
        "at": EVENT.at + timedelta(microseconds=1),
        "lineage": replace(EVENT.lineage, git_commit="0"),
        "evidence": {"a": 2.5, "b": 2},
    }

    changed = replace(EVENT, **{name: others.get(name, "another")})

    assert hash_of(changed) != hash_of(EVENT)


@pytest.mark.parametrize("name", [f.name for f in fields(Lineage)])
def test_no_part_of_the_lineage_can_change_without_the_hash(name: str):
    lineage = replace(EVENT.lineage, **{name: "another"})

    assert hash_of(replace(EVENT, lineage=lineage)) != hash_of(EVENT)


def test_each_event_carries_the_hash_of_the_one_before():
    first = sealed(EVENT, None, None)
    second = sealed(LATER, first, None)

    assert (first.previous_hash, second.previous_hash) == ("", first.hash)
    assert second.hash == hash_of(second)


def test_an_event_of_a_clock_that_is_behind_gets_the_moment_of_the_one_before():
    first = sealed(EVENT, None, None)

    second = sealed(replace(LATER, at=EVENT.at - timedelta(days=1)), first, None)

    assert second.at == first.at


def test_a_signature_signs_the_content_and_is_covered_by_the_hash():
    told: list[bytes] = []

    event = sealed(EVENT, None, lambda content: told.append(content) or "signed")

    assert told == [signed_content(event)]
    assert event.signature == "signed"
    assert event.hash == hash_of(event) != sealed(EVENT, None, None).hash


def test_a_moment_is_told_in_utc_and_to_the_microsecond():
    berlin = datetime(2024, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))

    assert moment(berlin) == "2024-07-01T00:00:00.000000+00:00"
    assert moment(datetime(2024, 7, 1, tzinfo=UTC)) == moment(berlin)


def test_what_is_no_number_is_no_evidence():
    with pytest.raises(ValueError, match="Out of range"):
        sealed(replace(EVENT, evidence={"a": float("nan")}), None, None)
