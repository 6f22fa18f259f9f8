"""Rules ask, limits hold back, a person's word waives them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from churn.evaluation.scorecard import Estimate
from churn.retraining.decide import decide
from churn.retraining.decision import Drifted, Figure
from churn.retraining.plan import parse_trigger
from tests.churn.retraining.cases import (
    HARM,
    MISSING,
    NOW,
    UNKNOWN,
    VOLUME,
    case,
    signs,
)

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "retraining"
OLD = {"trained_days": 9, "rested_days": 9}


def trigger(name: str):
    return parse_trigger(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()))


def outcomes(results):
    return {result.name: result.outcome for result in results}


def test_a_week_old_champion_is_replaced_by_the_weekly_trigger():
    decision = decide(trigger("weekly"), case(**OLD, signs=signs(measured={})))

    assert (decision.retrain, decision.because) == (True, ("age",))
    assert (decision.trigger, decision.policy) == ("weekly", "refresh")
    assert decision.reason.startswith("retrain, age: version 2 was trained on")
    assert outcomes(decision.rules) == {
        "age": "fires",
        "harm": "quiet",
        "ranks_worse": "unknown",
    }
    assert set(outcomes(decision.limits).values()) == {"allows"}


def test_a_young_champion_that_does_no_harm_stays():
    fine = signs(measured={})

    decision = decide(trigger("weekly"), case(signs=fine))

    assert not decision.retrain
    assert decision.because == ()
    assert decision.reason == (
        "no need: none of 3 rules fires, and nothing is known for ranks_worse"
    )


def test_harm_does_not_wait_for_the_week_but_for_the_cool_down():
    harmed = signs(alarms=(HARM,), measured={})

    early = decide(trigger("weekly"), case(rested_days=5, signs=harmed))
    later = decide(trigger("weekly"), case(rested_days=6, signs=harmed))

    assert (early.retrain, later.retrain) == (False, True)
    assert early.because == ("harm",)
    assert early.reason.startswith("held back by cool_down: the last training was 5")
    assert outcomes(early.limits)["cool_down"] == "holds"


def test_broken_data_hold_back_what_would_learn_from_them():
    decision = decide(trigger("weekly"), case(**OLD, signs=signs(alarms=(VOLUME,))))

    assert not decision.retrain
    assert outcomes(decision.limits)["sound_data"] == "holds"
    assert VOLUME.sentence in decision.reason


@pytest.mark.parametrize("alarm", [MISSING, UNKNOWN])
def test_values_as_training_never_saw_them_are_no_reason_to_wait(alarm):
    decision = decide(trigger("weekly"), case(**OLD, signs=signs(alarms=(alarm,))))

    assert decision.retrain
    assert outcomes(decision.limits)["sound_data"] == "allows"


@pytest.mark.parametrize(("days", "retrain"), [(29, False), (30, True)])
def test_a_version_on_its_way_is_waited_for_but_not_for_ever(days, retrain):
    told = {"on_its_way": "3", "on_its_way_trained": NOW - timedelta(days=days)}

    decision = decide(trigger("weekly"), case(**OLD, **told))

    assert decision.retrain is retrain
    assert "`rollout status` shows it" in decision.limits[2].sentence


def test_the_budget_counts_the_days_of_a_year():
    year = [date(2025, 6, 2) + timedelta(days=i) for i in range(12)]
    harmed = signs(alarms=(HARM,))
    told = {"trained_days": 90, "rested_days": 90, "signs": harmed}
    too_old, today = date(2025, 6, 1), NOW.date()

    spent = decide(trigger("harm"), case(**told, retrainings=tuple(year)))
    left = decide(
        trigger("harm"), case(**told, retrainings=(too_old, *year[1:], today))
    )

    assert (spent.retrain, left.retrain) == (False, True)
    assert spent.limits[1].figure == 12
    assert left.limits[1].figure == 11


def test_a_person_is_bound_by_no_limit_and_told_which_were_waived():
    asked = case(asked="the shop changed its prices", rested_days=0)

    decision = decide(trigger("never"), asked)

    assert decision.retrain
    assert decision.because == ("person",)
    assert decision.reason == "retrain, a person asks: the shop changed its prices"
    assert outcomes(decision.limits)["budget"] == "waived"


def test_never_needs_a_person():
    decision = decide(trigger("never"), case(trained_days=900, rested_days=900))

    assert not decision.retrain
    assert decision.reason == (
        "no need: this trigger has no rules, so that only a person asks"
    )


FALLEN = {
    "f1": Figure(Estimate(0.40, 0.38, 0.42, 900), Estimate(0.46, None, None, 900)),
    "accuracy": Figure(Estimate(0.74, 0.7, 0.78, 900), None),
}


@pytest.mark.parametrize(
    "name", ["psi_preset", "ks_preset", "f1_drop_preset", "accuracy_floor_preset"]
)
def test_a_preset_fires_by_its_predecessors_rule_alone(name):
    calm = signs(drift={"plan": Drifted(0.2, 0.05)}, measured={})
    moved = signs(drift={"plan": Drifted(0.21, 0.049)}, measured=FALLEN, alarms=())

    assert decide(trigger(name), case(**OLD, signs=moved)).retrain
    assert not decide(trigger(name), case(**OLD, signs=calm)).retrain
