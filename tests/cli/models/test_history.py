"""`models history` on a ledger filled by hand: an event an hour from ten o'clock on."""

from datetime import UTC, datetime, timedelta

import pytest

from churn.errors import UsageError
from cli.models.history import parse_instant
from registry.errors import RefusedError
from tests.ledger_histories import START, usual
from tests.model_commands import said, told


@pytest.fixture(autouse=True)
def filled(here):
    usual(here.model).write(here.store("ledger"))


def test_every_event_is_told_in_its_order():
    events = told("history")

    assert [event["sequence"] for event in events] == list(range(1, 22))
    assert events[9] | {"at": None} == {
        "sequence": 10,
        "at": None,
        "kind": "promoted",
        "version": "2",
        "actor": "ada",
        "reason": "worth it",
        "override": False,
    }


FIRST, SECOND = START + timedelta(hours=4), START + timedelta(hours=10)


@pytest.mark.parametrize(
    ("instant", "version", "sequence"),
    [
        (FIRST, "1", 4),
        (SECOND - timedelta(microseconds=1), "1", 4),
        (SECOND, "2", 10),
        (SECOND + timedelta(days=400), "2", 10),
    ],
)
def test_what_was_live_at_an_instant_is_what_the_last_promotion_made(
    instant, version, sequence
):
    document = told("history", "--at", instant.isoformat())

    assert document["live"]["version"] == version
    assert document["live"]["sequence"] == sequence
    assert document["lineage"]["git_commit"] == "a" * 40
    assert document["decision"]["policy"] == "improve"


def test_a_person_reads_who_why_and_from_which_data():
    text = said("history", "--at", "2026-03-01T20:00")

    for words in (
        "version 2 since 2026-03-01 19:00",
        "ada",
        "worth it",
        "bo",
        "a" * 40,
    ):
        assert words in text


def test_before_anything_was_live_the_answer_says_when_history_begins():
    before = (FIRST - timedelta(seconds=1)).isoformat()

    with pytest.raises(RefusedError, match="nothing was live at .* first event is of"):
        said("history", "--at", before)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01", datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-03-01T09:30", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01 09:30+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_end_and_a_moment_without_zone_is_utc(text, instant):
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-02-30", "1.3.2026", "", "0001-01-01T00:00+01:00"]
)
def test_what_is_no_instant_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match="is no instant; expected 2026-03-01"):
        parse_instant(text)
