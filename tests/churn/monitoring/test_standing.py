"""Alarms that were told and are not over, on days that see them less or not at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from churn.evaluation.scorecard import Estimate
from churn.monitoring.alarms import AlertPlan, due
from churn.monitoring.standing import with_standing
from tests.healths import DAY, harm, health

PLAN = AlertPlan(repeat_days=7, worse_share=0.25)
NOT_KNOWN = Estimate(None, None, None, 0)
CALM = harm("volume", loss=0.0)


def told(*harms, **changes):
    return due({}, health(*harms, **changes), PLAN).notices


def later(*harms, days=1, **changes):
    return health(*harms, as_of=DAY + timedelta(days=days), **changes)


def untested():
    few = {"sentence": "too few labels", "what_to_do": ""}
    return replace(harm(loss=0.0), loss=NOT_KNOWN, **few)


@pytest.mark.parametrize("today", [(untested(), CALM), (CALM,)], ids=["few", "none"])
def test_an_alarm_that_cannot_be_tested_stands_and_is_harm(today):
    found = with_standing(later(*today), told(harm()))

    (alarm,) = found.alarms
    assert found.verdict == "harmed"
    assert found.sentence == alarm.sentence
    assert alarm.sentence == (
        "the alarm of 2025-06-01 stands and could not be measured today: customers who "
        "left are ranked worse than when it was made."
    )
    assert (alarm.name, alarm.kind, alarm.since) == (
        "matured_ranking",
        "matured",
        harm().since,
    )
    assert (alarm.loss.value, alarm.tolerance) == (None, 0.02)
    assert alarm.what_to_do == "Train again."
    assert [one.name for one in found.harms] == ["matured_ranking", "volume"]


def test_weaker_evidence_beyond_what_is_tolerated_stands_with_its_figure():
    weaker = harm(loss=0.03, is_alarm=False, statistic=1.0, what_to_do="")

    found = with_standing(later(weaker), told(harm()))

    (alarm,) = found.alarms
    assert alarm.loss == weaker.loss
    assert alarm.what_to_do == "Train again."
    assert "stands, less surely than when told: customers" in alarm.sentence


@pytest.mark.parametrize(
    "look",
    [
        later(harm(loss=0.01)),
        later(harm(loss=0.05)),
        later(untested(), version="4"),
        health(untested(), as_of=DAY - timedelta(days=1)),
    ],
    ids=["within tolerance", "seen today", "another version", "of an older day"],
)
def test_what_is_over_seen_of_others_or_of_later_changes_nothing(look):
    assert with_standing(look, told(harm())) is look


def test_those_seen_today_come_first_and_all_are_counted():
    standing = told(harm(), harm("quality:missing", kind="quality"))

    found = with_standing(later(harm("volume", loss=0.5)), standing)

    assert [one.name for one in found.alarms] == [
        "volume",
        "matured_ranking",
        "quality:missing",
    ]
    assert [one.kind for one in found.alarms][2] == "quality"
    assert found.sentence.endswith("ranked worse than when it was made. (and 2 more)")


def test_an_alarm_told_again_while_it_stands_says_so_once():
    first = told(harm())
    unseen = with_standing(later(untested(), days=8), first)
    again = due({one.name: one for one in first}, unseen, PLAN).notices

    third = with_standing(later(untested(), days=9), again)

    assert [one.occasion for one in again] == ["repeated"]
    assert third.sentence == unseen.sentence


def test_weaker_evidence_is_never_told_as_worse():
    weaker = harm(loss=0.09, is_alarm=False, statistic=1.0)
    first = told(harm())

    look = with_standing(later(weaker), first)
    found = due({one.name: one for one in first}, look, PLAN)

    assert (found.notices, found.held_back) == ((), ("matured_ranking",))
