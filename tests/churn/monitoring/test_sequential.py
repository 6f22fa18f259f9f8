import numpy as np
import pytest
from scipy.stats import norm

from churn.monitoring.sequential import Budget, began, statistic


def test_a_look_gets_its_share_of_a_year():
    budget = Budget(0.02, n_tests=2, n_looks=1000, reference_share=0.5)

    # Half of 2 % over two tests of a thousand looks: five in a million each.
    assert norm.sf(budget.threshold) == pytest.approx(0.000005)
    assert norm.sf(budget.reference_threshold) == pytest.approx(0.005)


def test_a_test_without_a_share_is_never_an_alarm():
    silent = Budget(0.0, n_tests=1, n_looks=365, reference_share=0.5)

    assert silent.threshold == np.inf
    assert Budget(0.05, 1, 365, 0.0).reference_threshold == 0.0


def test_the_statistic_counts_errors_beyond_what_is_allowed():
    found = statistic(
        np.array([0.05, 0.01]), np.array([0.01, 0.0]), np.array([0.02, 0])
    )

    assert found[0] == pytest.approx(3.0)
    assert np.isnan(found[1])


def test_dependent_looks_alarm_no_more_than_the_budget_says():
    rng, budget = np.random.default_rng(0), Budget(0.2, 1, 365, 0.0)
    noise = rng.normal(size=(1500, 365))
    walks = np.empty_like(noise)
    walks[:, 0] = noise[:, 0]
    for day in range(1, 365):
        walks[:, day] = 0.9 * walks[:, day - 1] + np.sqrt(0.19) * noise[:, day]

    rate = np.mean((walks > budget.threshold).any(axis=1))

    assert 0.02 < rate <= 0.2


def test_a_loss_began_after_the_excess_was_last_at_zero():
    assert began([0.0, 0.05, -0.2, 0.04, 0.05], tolerance=0.02) == 3
    assert began([np.nan, 0.05, np.nan, 0.05], tolerance=0.02) == 1
    assert began([], tolerance=0.02) is None
