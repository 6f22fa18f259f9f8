"""What customers were answered, counted for the page."""

from datetime import UTC, datetime, timedelta

from churn.report.story_content import Second
from cli.demo.closing import answered
from cli.demo.traffic import Answer
from registry.event import Event, Lineage

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def answer(second, version="1", status="200"):
    return Answer(BEGUN.timestamp() + second, 0.1, status, version)


def event(kind, second, version, **evidence):
    return Event(
        model="m",
        sequence=1,
        kind=kind,
        version=version,
        version_id=version,
        at=BEGUN + timedelta(seconds=second),
        actor="ada",
        reason="because",
        lineage=Lineage(),
        evidence=evidence,
    )


def test_answers_are_counted_in_the_second_in_which_they_came():
    told = answered(
        [answer(0), answer(0.95), answer(1), answer(1, "2"), answer(1, "", "500")], []
    )

    assert told.seconds == (
        Second(second=0, answered={"1": 1}, n_lost=0),
        Second(second=1, answered={"1": 2, "2": 1}, n_lost=1),
    )
    assert (told.n, told.n_lost) == (5, 1)
    assert told.by_version == {"1": 3, "2": 1}


def test_only_what_changes_who_answers_and_happened_meanwhile_is_told():
    events = [
        event("promoted", -5, "1"),
        event("registered", 1, "2"),
        event("rollout", 2, "2", to="canary"),
        event("rolled_back", 3, "1"),
    ]

    told = answered([answer(0)], events)

    assert [(m.second, m.label) for m in told.switches] == [
        (2.0, "Version 2 enters canary"),
        (3.0, "Version 1 is live again"),
    ]


def test_where_nobody_asked_there_is_nothing_to_time():
    told = answered([], [])

    assert (told.n, told.median_ms, told.seconds) == (0, None, ())
