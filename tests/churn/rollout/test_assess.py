"""Where a version goes: by time, by sample, by what was found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from churn.rollout.assess import assess
from churn.rollout.plan import parse_rollout
from tests.churn.rollout.rollout_rows import answers, pairs, seen
from tests.churn.rollout.test_plan import CHECK, PLAN

SINCE = datetime(2026, 3, 1, tzinfo=UTC)
SMALL = parse_rollout(PLAN)
FAIR = np.linspace(0.2, 0.8, 2000)


def went(evidence, *, phase="shadow", plan=SMALL, hours=24.0):
    now = SINCE + timedelta(hours=hours)
    return assess(plan, phase, evidence, version="4", since=SINCE, at=now)


def test_after_its_time_with_its_sample_and_nothing_against_it_it_goes_on():
    decision = went(seen(pairs=pairs(FAIR, FAIR)))

    assert (decision.to, decision.version, decision.phase) == ("canary", "4", "shadow")
    assert decision.waits_for == ()
    assert decision.reason == "from shadow to canary: nothing speaks against it"


def test_after_the_last_phase_it_is_live():
    decision = went(seen(answers=answers((900, 0), (100, 0))), phase="canary")

    assert decision.to == "live"


def test_it_stays_and_says_what_it_waits_for():
    early = went(seen(pairs=pairs(FAIR[:50], FAIR[:50])), hours=6)

    assert early.to == "stay"
    assert early.waits_for == (
        "6 hours of 1 day in shadow",
        "50 of 100 customers scored so far (the log arrives up to a minute late)",
        "no clear answer of near yet",
    )


def test_a_canary_counts_the_customers_that_it_answered():
    decision = went(seen(answers=answers((9000, 0), (99, 0))), phase="canary")

    assert decision.waits_for == (
        "99 of 100 customers answered so far (the log arrives up to a minute late)",
    )


def test_an_undecided_check_that_does_not_block_is_passed_by():
    tolerant = PLAN["phases"][0] | {"checks": [CHECK | {"undecided": "passes"}]}
    plan = parse_rollout(PLAN | {"phases": [tolerant, PLAN["phases"][1]]})
    moved = seen(pairs=pairs(FAIR, FAIR + np.where(np.arange(2000) % 2, 0.1, -0.1)))

    assert went(moved).to == "stay"
    assert went(moved, plan=plan).to == "canary"


def test_what_failed_goes_back_at_once_however_early():
    decision = went(seen(pairs=pairs(FAIR, FAIR + 0.15)), hours=0.1)

    assert (decision.to, decision.waits_for) == ("back", ())
    assert decision.reason == "back from shadow: failed near"
    assert [(g.name, g.outcome, g.blocks) for g in decision.gates] == [
        ("near", "failed", True)
    ]


def test_the_alarm_of_the_servers_guard_is_a_gate_that_failed():
    evidence = replace(seen(), alarm="the challenger fails more often: 9 of 10")

    decision = went(evidence, phase="canary", hours=0.1)

    assert decision.to == "back"
    assert "the server's guard found that the challenger fails" in decision.reason
    assert decision.gates[0].name == "guard"


@pytest.mark.parametrize("phase", ["shadow", "canary"])
def test_where_nothing_is_logged_it_stays_and_says_why(phase):
    evidence = replace(seen(), note="the stack names no stores.predictions")

    decision = went(evidence, phase=phase, hours=10_000)

    assert decision.to == "stay"
    assert "so far (the stack names no stores.predictions)" in decision.reason


@pytest.mark.parametrize("phase", ["shadow", "canary"])
def test_while_the_guard_cannot_be_asked_nothing_goes_on(phase):
    full = seen(pairs=pairs(FAIR, FAIR), answers=answers((900, 0), (100, 0)))

    decision = went(replace(full, note="http://server: refused"), phase=phase)

    assert decision.to == "stay"
    assert decision.waits_for == ("what is missing: http://server: refused",)
