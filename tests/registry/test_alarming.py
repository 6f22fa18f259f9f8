"""Alarms in a real ledger: told once, whoever asks, and gone when they are over."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from churn.monitoring.alarms import AlertPlan
from churn.monitoring.standing import with_standing
from churn.retraining.signs import signs_of
from registry.alarming import (
    NothingInProductionError,
    alerted,
    documents,
    last_told,
    record_alarms,
    standing,
)
from registry.conditions import Act
from registry.event import moment
from registry.ledger import Ledger
from registry.state import state
from tests.healths import DAY, harm, health
from tests.ledger_histories import MODEL, History, usual

PLAN = AlertPlan(repeat_days=7, worse_share=0.25)
ACT = Act("monitor", datetime(2026, 4, 1, tzinfo=UTC), "made by a run")


@pytest.fixture
def url(tmp_path):
    address = f"sqlite:///{tmp_path / 'ledger.db'}"
    usual().write(address)
    return address


def recorded(url, look):
    ledger = Ledger(url)
    try:
        return record_alarms(ledger, MODEL, look, PLAN, ACT)
    finally:
        ledger.close()


def test_an_alarm_is_an_event_about_the_version_in_production(url):
    found = recorded(url, health(harm(), harm("volume", loss=0.0), version="2"))

    (event,) = found.new
    assert (event.kind, event.version, event.sequence) == ("alarmed", "2", 22)
    assert event.reason.startswith("matured_ranking: customers who left are ranked")
    assert state(found.events).champion == "2"
    assert [one.name for one in standing(found.events)] == ["matured_ranking"]


def test_the_same_look_again_changes_nothing(url):
    look = health(harm(), harm("volume"), version="2")
    first = recorded(url, look)

    again = recorded(url, look)

    assert again.new == ()
    assert again.events == first.events
    assert again.held_back == ("matured_ranking", "volume")


def test_several_alarms_of_a_day_stand_one_after_the_other(url):
    first = recorded(url, health(harm(), harm("volume"), version="2"))
    next_day = health(
        harm(loss=0.0), harm("quality"), version="2", as_of=DAY + timedelta(days=1)
    )

    found = recorded(url, next_day)

    assert [event.sequence for event in (*first.new, *found.new)] == [22, 23, 24, 25]
    assert [event.kind for event in found.new] == ["cleared", "alarmed"]
    assert {one.name for one in standing(found.events)} == {"volume", "quality"}


def test_an_alarm_stands_through_days_without_labels_until_it_is_within_tolerance(url):
    first = recorded(url, health(harm(), version="2"))
    days = [DAY + timedelta(days=n) for n in (1, 2)]
    unlabelled = with_standing(
        health(version="2", as_of=days[0]), standing(first.events)
    )

    second = recorded(url, unlabelled)
    better = with_standing(
        health(harm(loss=0.01), version="2", as_of=days[1]), standing(second.events)
    )
    third = recorded(url, better)

    assert (unlabelled.verdict, second.new) == ("harmed", ())
    assert [one.kind for one in signs_of(unlabelled).alarms] == ["matured"]
    assert better.verdict == "healthy"
    assert [event.kind for event in third.new] == ["cleared"]
    assert standing(third.events) == ()


def test_of_runs_at_once_one_tells(url):
    look, found = health(harm(), version="2"), []
    runs = [Thread(target=lambda: found.append(recorded(url, look))) for _ in range(4)]

    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert sorted(len(one.new) for one in found) == [0, 0, 0, 1]


def test_what_an_event_told_is_read_back(url):
    found = recorded(url, health(harm(), version="2"))

    notice = last_told(found.events)["matured_ranking"]
    (document,) = documents(found.events)
    done = alerted(found, {"webhook": "1 told"})

    assert (notice.loss, notice.since, notice.as_of) == (0.05, harm().since, DAY)
    assert (document["sequence"], document["severity"]) == (22, "ticket")
    assert document["at"] == moment(found.new[0].at)
    assert document["text"].startswith(f"{MODEL}: [raised] version 2, matured_ranking")
    assert (done.told, done.standing) == ((notice,), (notice,))


def test_of_nothing_there_is_no_alarm(tmp_path):
    address = f"sqlite:///{tmp_path / 'new.db'}"
    History().trained(1, None).write(address)

    with pytest.raises(NothingInProductionError, match="nothing is in production"):
        recorded(address, health(harm()))
