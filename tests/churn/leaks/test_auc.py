import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from churn.leaks.auc import Auc, auc, interval, vanished

SCORE = np.array([0.1, 0.4, 0.35, 0.8])
CHURN = np.array([False, False, True, True])
NOTHING = np.zeros(2)


def test_three_of_four_pairs_in_the_right_order_are_three_quarters() -> None:
    found = auc(SCORE, CHURN, np.arange(4))

    assert found is not None
    assert found.value == 0.75
    assert found.lead == 0.25
    assert found.n == 4


def test_the_interval_of_four_customers_by_hand() -> None:
    # Wins 1/2 and 1 of the churners, 1 and 1/2 of the others, less 3/4, by two each:
    # four influences of 1/8, and so a variance of 4/3 x 4/64 = 1/12.
    found = auc(SCORE, CHURN, np.arange(4))

    assert found is not None
    assert sorted(np.abs(found.influence)) == [0.125] * 4
    half = found.estimate.high - found.estimate.value
    assert half == pytest.approx(1.959964 * (1 / 12) ** 0.5)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2))
def test_it_is_the_area_that_scikit_learn_finds_ties_included(rows) -> None:
    score = np.array([row[0] for row in rows], dtype=float)
    is_churn = np.array([row[1] for row in rows])

    found = auc(score, is_churn, np.arange(len(rows)))

    if is_churn.all() or not is_churn.any():
        assert found is None
    else:
        assert found is not None
        assert found.value == pytest.approx(roc_auc_score(is_churn, score))
        assert found.influence.sum() == pytest.approx(0, abs=1e-12)


def test_the_same_rows_twice_are_no_more_certain() -> None:
    once = auc(SCORE, CHURN, np.arange(4))

    twice = auc(np.tile(SCORE, 2), np.tile(CHURN, 2), np.tile(np.arange(4), 2))

    assert once is not None
    assert twice is not None
    assert twice.influence == pytest.approx(once.influence)


def test_the_interval_is_that_of_resampled_customers() -> None:
    rng = np.random.default_rng(3)
    customer = np.repeat(np.arange(300), 3)
    is_churn = np.repeat(rng.random(300) < 0.3, 3)
    score = is_churn + np.repeat(rng.normal(0, 1, 300), 3) + rng.normal(0, 1, 900)
    found = auc(score, is_churn, customer)
    assert found is not None
    rows = np.arange(900).reshape(300, 3)

    drawn = [
        roc_auc_score(is_churn[picked], score[picked])
        for picked in (rows[rng.integers(0, 300, 300)].ravel() for _ in range(400))
    ]

    half = found.estimate.high - found.value
    assert half == pytest.approx(1.96 * np.std(drawn), rel=0.15)


@pytest.mark.parametrize("customer", [np.zeros(4, dtype=int)])
def test_one_customer_alone_gives_no_interval_and_so_no_auc(customer) -> None:
    assert auc(SCORE, CHURN, customer) is None


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [(0.8, 0.5, 0.3), (0.8, 0.65, 0.0), (0.8, 0.8, -0.3), (0.8, 0.3, 0.3)],
)
def test_what_vanished_is_the_lead_that_is_lost_less_that_which_is_kept(
    later, earlier, expected
) -> None:
    found = vanished(Auc(later, NOTHING, 9), Auc(earlier, NOTHING, 9))

    assert found.value == pytest.approx(expected)
    assert found.low == found.value == found.high


def test_what_both_scores_share_does_not_widen_their_difference() -> None:
    later = Auc(0.8, np.array([0.2, -0.2]), 9)
    half_as_much = Auc(0.6, np.array([0.1, -0.1]), 9)

    assert vanished(later, half_as_much).high == pytest.approx(0.1)
    assert interval(0.8, later.influence, 9).high > 1
