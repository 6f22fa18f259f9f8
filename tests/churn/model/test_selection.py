import numpy as np
import pytest

from churn.model.selection import (
    gaps_to_best,
    paired_gap,
    row_losses,
    simplest_within_one_error,
)

CUSTOMERS = np.arange(4)
LOGISTIC, FOREST, BOOSTING = "logistic_regression", "random_forest", "xgboost"


def chosen(**losses: list[float]) -> str:
    arrays = {kind: np.array(rows) for kind, rows in losses.items()}
    return simplest_within_one_error(gaps_to_best(arrays, CUSTOMERS))


def test_the_simpler_wins_when_its_loss_differs_by_noise() -> None:
    assert chosen(xgboost=[1, 1, 1, 1], logistic_regression=[0, 2, 0, 2.4]) == LOGISTIC


def test_the_best_wins_when_every_row_says_so() -> None:
    losses = [1.1, 1.11, 1.1, 1.09]

    assert chosen(xgboost=[1, 1, 1, 1], logistic_regression=losses) == BOOSTING


def test_a_forest_within_one_error_beats_boosting_but_not_a_linear_model() -> None:
    near, far = [0, 2, 0, 2.4], [2, 2, 2, 2]

    assert (
        chosen(xgboost=[1] * 4, random_forest=near, logistic_regression=far) == FOREST
    )
    assert (
        chosen(xgboost=[1] * 4, random_forest=near, logistic_regression=near)
        == LOGISTIC
    )


def test_rows_shared_by_hard_and_easy_customers_cancel_in_the_pair() -> None:
    # Losses vary by 10 between rows, their difference not at all.
    best = np.array([0.0, 10.0, 0.0, 10.0])

    gap = paired_gap(best + 0.01, best, CUSTOMERS)

    assert gap.mean == pytest.approx(0.01)
    assert gap.standard_error == pytest.approx(0, abs=1e-12)


def test_two_equal_rows_of_each_customer_count_as_one() -> None:
    losses, best = np.array([1.0, 3.0, 2.0]), np.zeros(3)
    once = paired_gap(losses, best, np.arange(3))

    twice = paired_gap(np.tile(losses, 2), np.zeros(6), np.tile(np.arange(3), 2))

    assert twice.standard_error == pytest.approx(once.standard_error)
    assert once.standard_error == pytest.approx(np.std(losses, ddof=1) / np.sqrt(3))


def test_a_certain_mistake_costs_much_but_not_infinitely() -> None:
    losses = row_losses(np.array([1, 0]), np.array([0.0, 1.0]))

    assert np.isfinite(losses).all()
    assert losses.min() > 30
