"""What is told of alarms, day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from churn.errors import ConfigError
from churn.evaluation.scorecard import Estimate
from churn.monitoring.alarms import AlertPlan, due, said_of
from tests.healths import DAY, harm, health

PLAN = AlertPlan(repeat_days=7, worse_share=0.25)


def told(days):
    """What is told on each day, the loss of each (None: not tested) being given."""
    last, found = {}, []
    for day, loss in enumerate(days):
        harms = () if loss is None else (harm(loss=loss),)
        look = health(*harms, as_of=DAY + timedelta(days=day))
        notices = due(last, look, PLAN).notices
        last |= {one.name: one for one in notices}
        found.append([one.occasion for one in notices])
    return found


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.01, 0.05], [[], ["raised"]]),
        ([0.05] * 9, [["raised"], *[[]] * 6, ["repeated"], []]),
        ([0.05, 0.056, 0.058, 0.058], [["raised"], [], ["worse"], []]),
        ([0.05, 0.01, 0.01], [["raised"], ["cleared"], []]),
        ([0.05, None, 0.05, None, 0.01], [["raised"], [], [], [], ["cleared"]]),
        ([0.05, 0.01, 0.05], [["raised"], ["cleared"], ["raised"]]),
    ],
    ids=["new", "lasting", "growing", "over", "untested", "again"],
)
def test_an_alarm_is_told_when_there_is_something_to_say(losses, expected):
    assert told(losses) == expected


def test_weaker_evidence_alone_ends_no_alarm():
    raised = due({}, health(harm(loss=0.05)), PLAN).notices
    weaker = harm(loss=0.03, is_alarm=False)
    look = health(weaker, as_of=DAY + timedelta(days=1))

    found = due({one.name: one for one in raised}, look, PLAN)

    assert (found.notices, found.held_back) == ((), ("matured_ranking",))


def test_the_same_day_again_tells_nothing():
    look = health(harm("volume"), harm())
    last = {one.name: one for one in due({}, look, PLAN).notices}

    found = due(last, look, PLAN)

    assert (found.notices, found.held_back) == ((), ("matured_ranking", "volume"))


def test_an_older_day_neither_raises_nor_ends_what_a_newer_one_told():
    newer = due({}, health(harm()), PLAN).notices
    last = {one.name: one for one in newer}
    older = DAY - timedelta(days=3)

    assert due(last, health(harm(loss=0.09), as_of=older), PLAN).notices == ()
    assert due(last, health(harm(loss=0.0), as_of=older), PLAN).notices == ()


def test_a_version_that_left_production_takes_its_alarm_along():
    last = {one.name: one for one in due({}, health(harm()), PLAN).notices}
    look = health(harm(), version="4", as_of=DAY + timedelta(days=1))

    over, raised = due(last, look, PLAN).notices

    assert (over.occasion, over.version) == ("cleared", "3")
    assert over.what == "over: version 3 is no longer in production"
    assert (raised.occasion, raised.version) == ("raised", "4")


def test_a_notice_says_what_how_sure_since_when_and_what_to_do():
    (notice,) = due({}, health(harm()), PLAN).notices

    what, how_sure, what_to_do = notice.text.splitlines()
    assert what == (
        "[raised] version 3, matured_ranking: Customers who left are ranked worse than "
        "when it was made."
    )
    assert how_sure == (
        "Loss 0.05 (95%: 0.04 to 0.06) ROC-AUC, tolerated 0.02; false alarms of this "
        "kind: at most 1.00% of quiet years."
    )
    assert what_to_do == "Since 2025-06-01. Train again."


def test_a_loss_that_is_unknown_is_told_once_and_never_worse():
    unknown = replace(harm(), loss=Estimate(None, None, None, 0), is_alarm=True)
    last = {one.name: one for one in due({}, health(unknown), PLAN).notices}
    next_day = health(harm(loss=0.5), as_of=DAY + timedelta(days=1))

    assert due(last, next_day, PLAN).notices == ()
    assert last["matured_ranking"].how_sure == ""


@pytest.mark.parametrize(
    ("name", "severity"),
    [("volume:batch", "page"), ("quality:missing", "page"), ("matured_x", "ticket")],
)
def test_what_spoils_tonights_list_wakes_somebody(name, severity):
    raised = due({}, health(harm(name)), PLAN).notices
    better = health(harm(name, loss=0.0), as_of=DAY + timedelta(days=1))

    (over,) = due({name: raised[0]}, better, PLAN).notices

    assert [raised[0].severity, over.severity] == [severity, "ticket"]


def test_what_the_sentence_of_the_look_says_is_not_said_again():
    alarm = harm()

    assert said_of(alarm, health(alarm, sentence=alarm.sentence)) == "Train again."
    assert said_of(alarm, health(alarm)).startswith("Customers who left are ranked")


@pytest.mark.parametrize("plan", [(0, 0.25), (7, -0.1)])
def test_a_plan_that_would_repeat_at_once_is_refused(plan):
    with pytest.raises(ConfigError, match="alerts"):
        AlertPlan(*plan)


def test_what_was_told_later_is_not_taken_for_earlier():
    later = due({}, health(harm(), as_of=date(2025, 7, 1)), PLAN).notices

    found = due({one.name: one for one in later}, health(harm("volume")), PLAN)

    assert [one.name for one in found.notices] == ["volume"]
