"""Checks of a canary's two arms."""

import pytest

from churn.rollout.arms import failures, slow_answers
from churn.rollout.check import RolloutCheck
from tests.churn.rollout.rollout_rows import answers, seen


def check(**numbers) -> RolloutCheck:
    return RolloutCheck("it", "kind", {"margin": 0.0} | numbers, {}, 0.001, "passes")


def test_an_arm_that_fails_more_often_fails_the_check():
    found = failures(check(), seen(answers=answers((9000, 0), (1000, 20))))

    assert found.outcome == "failed"
    assert found.observed.value == pytest.approx(0.02)
    assert "20 of 1,000 of the challenger's" in found.sentence


def test_arms_alike_are_undecided_without_a_margin_and_pass_with_one():
    alike = seen(answers=answers((9000, 90), (1000, 10)))

    assert failures(check(), alike).outcome == "undecided"
    assert failures(check(margin=0.05), alike).outcome == "passed"


def test_a_margin_lets_some_more_failures_pass():
    some_more = seen(answers=answers((9000, 0), (1000, 20)))

    assert failures(check(margin=0.05), some_more).outcome == "passed"


def test_nothing_is_said_of_one_arm_alone():
    both = answers((9000, 0), (10, 0))

    found = failures(check(), seen(answers=both.filter(~both["is_challenger"])))

    assert (found.outcome, found.observed) == ("undecided", None)


def test_slow_answers_are_those_beyond_the_limit():
    rows = answers((9000, 0), (1000, 50))
    slow = rows.with_columns(seconds=rows["is_failed"].cast(float))

    found = slow_answers(check(slow_seconds=0.5), seen(answers=slow))

    assert found.outcome == "failed"
    assert found.observed.value == pytest.approx(0.05)
    assert slow_answers(check(slow_seconds=2), seen(answers=slow)).outcome != "failed"
