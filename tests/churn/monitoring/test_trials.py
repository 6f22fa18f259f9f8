from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.monitored import shifted_to
from benchmarks.monitored_days import Watched
from benchmarks.monitored_years import shipped
from churn.monitoring.churn_sums import known, stacked
from churn.monitoring.losses import Rows
from churn.monitoring.trials import (
    estimated_trials,
    everyone,
    matured_trials,
    reference_rows,
)
from churn.monitoring.windows import EVERYONE

WATCHED = Watched.started(20_000, 20_000, np.random.default_rng(0))
BEFORE = reference_rows(WATCHED.reference)


def trials(before=BEFORE, current=None, plan=None):
    promised = current or before.promised
    found = current or before.known
    plan = plan or shipped()
    return [
        *estimated_trials(before, promised, plan),
        *matured_trials(before, found, promised, plan),
    ]


def test_all_looks_at_all_groups_spend_what_the_plan_gives_them():
    plan = shipped()
    sides = {"matured_calibration": 2}

    spent = 0.0
    for trial in trials():
        for budget in trial.budgets:
            looks = plan.looks_a_year * len(plan.test_windows_days)
            rate = looks * norm.sf(budget.threshold)
            rate += norm.sf(budget.reference_threshold)
            spent += rate * sides.get(trial.name, 1)

    others = plan.error_rate("volume") + plan.error_rate("quality")
    assert spent + others == pytest.approx(plan.false_alarms_a_year)


def test_held_against_itself_the_reference_has_lost_nothing():
    losses = {trial.name: trial.loss.value for trial in trials()}

    assert losses["estimated_ranking"] == pytest.approx(np.zeros(5))
    assert losses["matured_ranking"] == pytest.approx(np.zeros(5))
    assert not any(trial.is_alarm.any() for trial in trials())


def test_slices_are_tested_for_their_ranking_alone():
    shapes = {trial.name: trial.statistic.shape for trial in trials()}

    assert BEFORE.groups[0] == EVERYONE
    assert shapes == {
        "estimated_ranking": (5,),
        "matured_ranking": (5,),
        "matured_calibration": (1,),
        "matured_net_value": (1,),
    }


def test_a_statistic_is_what_exceeds_tolerance_and_the_error_of_the_reference():
    rng = np.random.default_rng(1)
    day = WATCHED.days(shifted_to(0.05, "slope"), 1, 500_000, rng).profile(0)
    labelled = stacked(
        [known(day.scores), *(known(day.slices[k]) for k in BEFORE.groups[1:])]
    )
    found = Rows(labelled, labelled.n.sum(axis=-1))

    trial = matured_trials(BEFORE, found, found, shipped())[0]

    loss, z = trial.loss, trial.budgets[0].reference_threshold
    allowed = shipped().tolerances["roc_auc"] + z * loss.reference_error[0]
    beyond = (loss.value[0] - allowed) / loss.error[0]
    assert trial.statistic[0] == pytest.approx(beyond)
    assert norm.sf(z) == pytest.approx(0.05 * 0.3 / 2)
    assert trial.is_alarm[0]


def test_too_few_to_test_is_no_statistic():
    few = Rows(BEFORE.known.sums, BEFORE.known.n_effective / 1000)

    found = [trial.statistic for trial in trials(current=few)]

    assert all(np.isnan(statistic).all() for statistic in found)
    assert not any(trial.is_alarm.any() for trial in trials(current=few))


def test_a_silenced_test_never_alarms():
    plan = shipped()
    silent = replace(plan, shares=dict.fromkeys(plan.shares, 0.0))

    for trial in trials(plan=silent):
        assert (trial.thresholds == np.inf).all()
        assert not trial.is_alarm.any()


def test_repeated_customers_of_the_reference_count_once():
    repeated = replace(WATCHED.reference, n_calibration_customers=5_000)

    found = reference_rows(repeated).known.n_effective

    assert found == pytest.approx(BEFORE.known.n_effective / 4)
    assert everyone(BEFORE.known).n_effective.shape == (1,)


def test_an_older_bundle_has_no_rows_to_hold_anything_against():
    assert reference_rows(replace(WATCHED.reference, scores=None)) is None
