import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from churn.evaluation.metrics import pr_auc, roc_auc, top_decile_lift
from churn.evaluation.ranking import descending, ranking, recall_at_budget

SCORES = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9, 1.0])
ROWS = st.lists(
    st.tuples(st.booleans(), SCORES, st.integers(0, 3)), min_size=1, max_size=30
)


def arrays(rows):
    churned, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    return churned.astype(bool), score.astype(float), weight.astype(float)


def pairwise_auc(churned, score, weight):
    wins = pairs = 0.0
    for i in np.flatnonzero(churned):
        for j in np.flatnonzero(~churned):
            pair = weight[i] * weight[j]
            pairs += pair
            wins += pair * ((score[i] > score[j]) + 0.5 * (score[i] == score[j]))
    return wins / pairs if pairs else None


def precision_by_threshold(churned, score, weight):
    """Sum over thresholds of the recall gained times the precision there."""
    churners, area, caught_before = (weight * churned).sum(), 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        taken = weight[score >= threshold].sum()
        caught = (weight * churned)[score >= threshold].sum()
        if taken:
            area += (caught - caught_before) / churners * caught / taken
        caught_before = caught
    return area


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_roc_auc_is_the_share_of_weighted_pairs_ranked_rightly(rows):
    churned, score, weight = arrays(rows)

    expected = pairwise_auc(churned, score, weight)

    assert roc_auc(churned, score, weight) == (
        None if expected is None else pytest.approx(expected)
    )


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_roc_auc_and_pr_auc_agree_with_scikit_learn(rows):
    churned, score, weight = arrays(rows)
    if not (weight[churned].sum() and weight[~churned].sum()):
        return

    expected = roc_auc_score(churned, score, sample_weight=weight)
    expected_area = average_precision_score(churned, score, sample_weight=weight)

    assert roc_auc(churned, score, weight) == pytest.approx(expected)
    assert pr_auc(churned, score, weight) == pytest.approx(expected_area)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_pr_auc_sums_precision_over_thresholds(rows):
    churned, score, weight = arrays(rows)
    if not weight[churned].sum():
        assert pr_auc(churned, score, weight) is None
        return

    expected = precision_by_threshold(churned, score, weight)

    assert pr_auc(churned, score, weight) == pytest.approx(expected)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_weights_are_repetitions_of_rows(rows):
    churned, score, weight = arrays(rows)
    times = weight.astype(int)
    repeated = np.repeat(churned, times), np.repeat(score, times)
    ones = np.ones(times.sum())

    for metric in (roc_auc, pr_auc, top_decile_lift):
        expected = metric(*repeated, ones)
        found = metric(churned, score, weight)
        assert found == (None if expected is None else pytest.approx(expected))


def test_many_weightings_at_once_give_what_each_gives_alone():
    rng = np.random.default_rng(3)
    churned, score = rng.random(40) < 0.4, rng.integers(0, 6, 40) / 5
    weights = rng.integers(0, 3, (40, 7)).astype(float)

    found = ranking(churned, score)(weights)

    for i in range(7):
        assert found["roc_auc"][i] == roc_auc(churned, score, weights[:, i])
        assert found["pr_auc"][i] == pr_auc(churned, score, weights[:, i])
        lift = top_decile_lift(churned, score, weights[:, i])
        assert found["top_decile_lift"][i] == lift


@pytest.mark.parametrize(
    ("score", "expected"), [([0.9, 0.8, 0.1], 1.0), ([0.1, 0.8, 0.9], 0.0)]
)
def test_full_separation_is_one_and_its_reverse_zero(score, expected):
    churned = np.array([True, False, False])

    assert roc_auc(churned, np.array(score), np.ones(3)) == expected


def test_equal_scores_rank_nothing():
    churned, score = np.array([True, False, False, False]), np.full(4, 0.3)

    found = ranking(churned, score)(np.ones((4, 1)))

    assert {name: value[0] for name, value in found.items()} == {
        "roc_auc": 0.5,
        "pr_auc": 0.25,
        "top_decile_lift": 1.0,
    }


@pytest.mark.parametrize("all_churn", [True, False])
def test_one_class_leaves_roc_auc_undefined(all_churn):
    churned = np.full(3, all_churn)

    assert roc_auc(churned, np.array([0.1, 0.2, 0.3]), np.ones(3)) is None


def test_lift_counts_half_of_a_tie_that_the_tenth_cuts_through():
    # Of 20 rows the top tenth is 2: the first, a churner, and one of a tie of two of
    # which one churned. 1.5 of 2 churned, against 2 of 20.
    churned = np.array([True, True, False] + [False] * 17)
    score = np.array([0.9, 0.5, 0.5] + [0.1] * 17)

    assert top_decile_lift(churned, score, np.ones(20)) == pytest.approx(7.5)


def test_recall_at_budget_takes_as_many_as_were_contacted():
    churned = np.array([True, False, True, True])
    score = np.array([0.1, 0.2, 0.8, 0.9])
    contacted = np.array([True, True, False, False])

    kernel = recall_at_budget(churned, score, contacted)
    found = kernel(np.array([[1.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]))

    # Two contacts reach the two best of three churners; with the second row gone
    # there is one contact and it reaches one.
    assert found["high_value_recall_at_contact_rate"] == pytest.approx([2 / 3, 1 / 3])


def test_descending_ends_each_run_of_equal_scores_once():
    order, ends = descending(np.array([0.2, 0.9, 0.2, 0.5]))

    assert order.tolist() == [1, 3, 0, 2]
    assert ends.tolist() == [0, 1, 3]
