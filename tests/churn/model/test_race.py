from dataclasses import replace

import numpy as np
import pytest

from churn.model.folds import folds_within
from churn.model.race import Observer, Race, TrialRecord, prepare_fold
from tests.snapshot_rows import FEATURES, PLAN, rows

ROWS = rows(300, seed=1)


def race(clock, told: list[TrialRecord], seed: int = 7) -> Race:
    _, folds = folds_within(ROWS, maturity_days=0, folds=2, seed=1)
    prepared = [
        prepare_fold("logistic_regression", ROWS, fold, FEATURES) for fold in folds
    ]
    model = replace(PLAN, seed=seed)
    return Race("logistic_regression", prepared, model, Observer(clock, told.append))


def test_the_best_trial_is_the_one_of_the_lowest_log_loss() -> None:
    told: list[TrialRecord] = []
    run = race(lambda: 0.0, told)

    assert run.run(trials=4, deadline=1.0)
    best = min(told, key=lambda trial: trial.log_loss)
    assert run.best_params == best.params


def test_a_deadline_that_has_passed_leaves_one_trial_and_says_so() -> None:
    told: list[TrialRecord] = []

    complete = race(lambda: 5.0, told).run(trials=4, deadline=1.0)

    assert not complete
    assert len(told) == 1


def test_the_same_seed_tries_the_same_parameters() -> None:
    first: list[TrialRecord] = []
    second: list[TrialRecord] = []

    race(lambda: 0.0, first).run(trials=4, deadline=1.0)
    race(lambda: 0.0, second).run(trials=4, deadline=1.0)

    assert [t.params for t in first] == [t.params for t in second]
    assert np.array([t.log_loss for t in first]) == pytest.approx(
        [t.log_loss for t in second], abs=0
    )
