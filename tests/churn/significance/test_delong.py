import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.significance.delong import AucDifference, compare_auc, interval, p_value

# DeLong, DeLong & Clarke-Pearson (1988): patients with ovarian cancer; albumin, total
# protein, K-G score (the lower the better), and whether surgery helped. The rows and
# the answers stand in the SAS/STAT User's Guide, LOGISTIC, "Comparing Receiver
# Operating Characteristic Curves".
PATIENTS = """
3.0 5.8 10 0   3.2 6.3  5 1   3.9 6.8  3 1   2.8 4.8  6 0   3.2 5.8  3 1   0.9 4.0  5 0
2.5 5.7  8 0   1.6 5.6  5 1   3.8 5.7  5 1   3.7 6.7  6 1   3.2 5.4  4 1   3.8 6.6  6 1
4.1 6.6  5 1   3.6 5.7  5 1   4.3 7.0  4 1   3.6 6.7  4 0   2.3 4.4  6 1   4.2 7.6  4 0
4.0 6.6  6 0   3.5 5.8  6 1   3.8 6.8  7 1   3.0 4.7  8 0   4.5 7.4  5 1   3.7 7.4  5 1
3.1 6.6  6 1   4.1 8.2  6 1   4.3 7.0  5 1   4.3 6.5  4 1   3.2 5.1  5 1   2.6 4.7  6 1
3.3 6.8  6 0   1.7 4.0  7 0   3.7 6.1  5 1   3.3 6.3  7 1   4.2 7.7  6 1   3.5 6.2  5 1
2.9 5.7  9 0   2.1 4.8  7 1   2.8 6.2  8 0   4.0 7.0  7 1   3.3 5.7  6 1   3.7 6.9  5 1
3.6 6.6  5 1
"""
ALBUMIN, PROTEIN, KG, HELPED = np.array(PATIENTS.split(), float).reshape(-1, 4).T

SCORE = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9])
ROWS = st.lists(
    st.tuples(st.booleans(), SCORE, SCORE, st.integers(0, 6)), min_size=1, max_size=25
)


def columns(rows):
    churned, first, second, customer = zip(*rows, strict=True)
    return np.array(churned), np.array(first), np.array(second), np.array(customer)


def wins(churned, score):
    """The definition: one row a churner, one column a stayer, a tie half a win."""
    theirs, others = score[churned][:, None], score[~churned][None, :]
    return (theirs > others) + 0.5 * (theirs == others)


def by_definition(churned, first, second):
    """Difference and standard error from the structural components, in O(n²)."""
    gain = wins(churned, first) - wins(churned, second)
    of_churners, of_loyal = gain.mean(axis=1), gain.mean(axis=0)
    variance = np.var(of_churners, ddof=1) / of_churners.size
    variance += np.var(of_loyal, ddof=1) / of_loyal.size
    return gain.mean(), np.sqrt(variance)


def clustered_by_definition(churned, first, second, customer):
    """Obuchowski (1997), as printed there: S10/m + S01/n + 2 S11/(mn)."""
    gain = wins(churned, first) - wins(churned, second)
    of_churners, of_loyal = gain.mean(axis=1), gain.mean(axis=0)
    m, n = gain.shape
    s10 = s01 = s11 = 0.0
    for code in set(customer):
        own = of_churners[customer[churned] == code]
        other = of_loyal[customer[~churned] == code]
        a = own.sum() - own.size * gain.mean()
        b = other.sum() - other.size * gain.mean()
        s10, s01, s11 = s10 + a * a, s01 + b * b, s11 + a * b
    i10, i01 = len(set(customer[churned])), len(set(customer[~churned]))
    i = len(set(customer))
    variance = i10 / ((i10 - 1) * m) * s10 / m + i01 / ((i01 - 1) * n) * s01 / n
    return np.sqrt(max(variance + 2 * i / (i - 1) * s11 / (m * n), 0))


def simulated(rng, *, n_churners, n_loyal, gain):
    """Two models of correlation 0.9 given the label, normal scores, a known gain."""
    churned = np.arange(n_churners + n_loyal) < n_churners
    shared, own = np.sqrt(0.9), np.sqrt(0.1)
    common = rng.normal(size=churned.size)
    first, second = (
        shared * common + own * rng.normal(size=churned.size) + shift * churned
        for shift in (1.0 + gain, 1.0)
    )
    return churned, first, second


@pytest.mark.parametrize(
    ("test", "auc", "row"),
    [
        (ALBUMIN, 0.7366, (0.0108, 0.0953, -0.1761, 0.1976, 0.0127)),
        (PROTEIN, 0.6478, (-0.0780, 0.1046, -0.2830, 0.1271, 0.5554)),
    ],
    ids=["albumin", "total protein"],
)
def test_the_published_example_is_reproduced(test, auc, row):
    found = compare_auc(HELPED == 1, test, 10 - KG)

    z = found.difference / found.standard_error
    limits = interval(found, error_rate=0.025)
    line = (found.difference, found.standard_error, *limits, z**2)
    assert (found.n_churners, found.n_loyal) == (31, 12)
    assert found.first_auc == pytest.approx(auc, abs=0.00005)
    assert found.second_auc == pytest.approx(0.7258, abs=0.00005)
    assert line == pytest.approx(row, abs=0.00005)


@settings(deadline=None)
@given(ROWS)
def test_ranks_give_what_the_definition_gives_ties_included(rows):
    churned, first, second, _ = columns(rows)
    if min(churned.sum(), (~churned).sum()) < 2:
        assert compare_auc(churned, first, second) is None
        return

    found = compare_auc(churned, first, second)

    difference, error = by_definition(churned, first, second)
    assert found.difference == pytest.approx(difference)
    assert found.standard_error == pytest.approx(error, abs=1e-9)
    assert found.first_auc == pytest.approx(wins(churned, first).mean())


@settings(deadline=None)
@given(ROWS)
def test_rows_of_one_customer_are_clustered_as_published(rows):
    churned, first, second, customer = columns(rows)
    if min(len(set(customer[side])) for side in (churned, ~churned)) < 2:
        assert compare_auc(churned, first, second, customer) is None
        return

    found = compare_auc(churned, first, second, customer)

    expected = clustered_by_definition(churned, first, second, customer)
    assert found.standard_error == pytest.approx(expected, abs=1e-7)


@settings(deadline=None)
@given(ROWS)
def test_a_customer_a_row_changes_nothing(rows):
    churned, first, second, _ = columns(rows)
    codes = np.arange(churned.size)[::-1] * 3

    with_codes = compare_auc(churned, first, second, codes)

    without = compare_auc(churned, first, second)
    assert (with_codes is None) == (without is None)
    if without is not None:
        error = pytest.approx(without.standard_error, abs=1e-12)
        assert with_codes.standard_error == error


def test_repeating_every_row_of_a_customer_leaves_the_error():
    rng = np.random.default_rng(5)
    churned, first, second = simulated(rng, n_churners=40, n_loyal=200, gain=0.2)
    once = compare_auc(churned, first, second)

    rows = np.repeat(np.arange(240), 4)
    found = compare_auc(churned[rows], first[rows], second[rows], rows)

    assert found.standard_error == pytest.approx(once.standard_error)


def test_the_error_swaps_with_the_models_and_the_difference_turns():
    rng = np.random.default_rng(6)
    churned, first, second = simulated(rng, n_churners=40, n_loyal=200, gain=0.2)

    there, back = (
        compare_auc(churned, first, second),
        compare_auc(churned, second, first),
    )

    assert back.difference == -there.difference
    assert back.standard_error == pytest.approx(there.standard_error)


@pytest.mark.parametrize("n_churners", [0, 1, 9, 10])
def test_without_two_of_either_class_there_is_no_comparison(n_churners):
    churned = np.arange(10) < n_churners

    assert compare_auc(churned, np.arange(10.0), np.arange(10.0)[::-1]) is None


def test_equal_scores_differ_by_nothing_without_error():
    churned, scores = np.arange(20) < 7, np.sin(np.arange(20.0))

    found = compare_auc(churned, scores, scores)

    assert (found.difference, found.standard_error) == (0.0, 0.0)
    assert interval(found, error_rate=0.05) == (0.0, 0.0)
    assert [p_value(found, m) for m in (-0.01, 0.0, 0.01)] == [0.0, 1.0, 1.0]


def test_a_difference_without_any_variation_proves_nothing():
    churned = np.arange(6) < 3
    perfect, constant = churned * 1.0, np.full(6, 0.3)

    found = compare_auc(churned, perfect, constant)

    assert (found.difference, found.standard_error) == (0.5, 0.0)
    assert interval(found, error_rate=0.05) == (-1.0, 1.0)
    assert p_value(found, 0.0) == 1.0


def test_limits_and_p_value_follow_the_normal_distribution():
    found = AucDifference(0.03, 0.01, 0.83, 0.8, 50, 500)

    low, high = interval(found, error_rate=0.05)

    assert (low, high) == (
        pytest.approx(0.03 - 0.0164485, abs=1e-6),
        pytest.approx(0.03 + 0.0164485, abs=1e-6),
    )
    assert p_value(found, 0.01) == pytest.approx(0.02275, abs=1e-5)
    assert p_value(found, low) == pytest.approx(0.05)


def test_limits_stay_where_differences_can_lie():
    found = AucDifference(0.5, 0.6, 1.0, 0.5, 3, 3)

    assert interval(found, error_rate=0.05)[1] == 1.0


def test_each_limit_is_crossed_at_its_error_rate():
    rng = np.random.default_rng(20240101)
    limits = []
    for _ in range(2000):
        rows = simulated(rng, n_churners=60, n_loyal=600, gain=0.0)
        limits.append(interval(compare_auc(*rows), error_rate=0.05))

    low, high = np.array(limits).T

    # Three standard errors of a rate of 0.05 in 2,000 trials are 0.015.
    assert np.mean(low > 0) == pytest.approx(0.05, abs=0.015)
    assert np.mean(high < 0) == pytest.approx(0.05, abs=0.015)
