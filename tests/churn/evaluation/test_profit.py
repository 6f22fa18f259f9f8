import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from churn.evaluation.profit import (
    break_even_probability,
    convex_hull,
    empc,
    mpc,
    profits,
)
from churn.scoring.decision import Economics, contact

PUBLISHED = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
VALUE = 200.0
ROWS = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.integers(0, 2)
    ),
    min_size=1,
    max_size=20,
).filter(lambda rows: sum(row[2] for row in rows) > 0)


def arrays(rows):
    churned, p, weight = (np.array(column) for column in zip(*rows, strict=True))
    return churned.astype(bool), p.astype(float), weight.astype(float)


def cut_offs(churned, p, weight):
    """Churners and loyal contacted at every threshold, as shares of all rows."""
    thresholds = [np.inf, *sorted(set(p), reverse=True)]
    rows = [p >= threshold for threshold in thresholds]
    churners = np.array([(weight * churned)[r].sum() for r in rows]) / weight.sum()
    return churners, np.array([weight[r].sum() for r in rows]) / weight.sum() - churners


def profit_of(churners, loyal, rate, value=VALUE, costs=PUBLISHED):
    """The published formula, written out for one acceptance rate."""
    delta, phi = costs.offer_eur / value, costs.contact_eur / value
    return value * ((rate * (1 - delta) - phi) * churners - (delta + phi) * loyal)


def test_break_even_of_the_published_defaults():
    p = break_even_probability(VALUE, PUBLISHED)

    assert p == pytest.approx(11 / 67)
    around, value = np.array([p - 1e-9, p + 1e-9]), np.array([VALUE, VALUE])
    assert contact(around, value, PUBLISHED).tolist() == [False, True]


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_mpc_is_the_best_of_all_thresholds(rows):
    churned, p, weight = arrays(rows)
    churners, loyal = cut_offs(churned, p, weight)

    profit, share = mpc(convex_hull(churned, p, weight), VALUE, PUBLISHED)

    by_threshold = profit_of(churners, loyal, 0.3)
    assert profit == pytest.approx(by_threshold.max(), abs=1e-9)
    reached = by_threshold[np.isclose(churners + loyal, share)]
    assert reached == pytest.approx(by_threshold.max(), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.sampled_from([0.1, 0.3, 0.6]))
def test_empc_is_the_integral_of_the_best_threshold_over_the_acceptance(rows, mean):
    churned, p, weight = arrays(rows)
    churners, loyal = cut_offs(churned, p, weight)
    costs = Economics(offer_eur=10, contact_eur=1, acceptance_rate=mean)
    # The midpoint rule over quantiles of the beta distribution.
    rates = beta(20 * mean, 20 - 20 * mean).ppf((np.arange(4000) + 0.5) / 4000)
    by_rate = profit_of(churners[:, None], loyal[:, None], rates, costs=costs)
    best = np.argmax(by_rate - 1e-12 * np.arange(len(churners))[:, None], axis=0)

    profit, share = empc(convex_hull(churned, p, weight), VALUE, costs)

    assert profit == pytest.approx(by_rate.max(axis=0).mean(), abs=5e-3)
    assert share == pytest.approx((churners + loyal)[best].mean(), abs=2e-3)


def test_mpc_of_perfect_scores_contacts_just_the_churners():
    churned = np.arange(10) < 2

    hull = convex_hull(churned, churned.astype(float), np.ones(10))

    # A fifth churns, each worth 0.3 * 190 - 1.
    assert mpc(hull, VALUE, PUBLISHED) == pytest.approx((0.2 * 56, 0.2))


def test_empc_of_perfect_scores_by_hand():
    churned = np.arange(10) < 2
    hull = convex_hull(churned, churned.astype(float), np.ones(10))

    profit, share = empc(hull, VALUE, PUBLISHED)

    # Acceptance below 1/190 pays for no contact; that is all but impossible.
    assert profit == pytest.approx(0.2 * (0.3 * 190 - 1), abs=1e-4)
    assert share == pytest.approx(0.2, abs=1e-4)


def test_hull_joins_ties_and_leaves_out_points_below_it():
    churned = np.array([True, False, False, True, True, False])
    p = np.array([0.9, 0.8, 0.5, 0.5, 0.4, 0.1])

    hull = convex_hull(churned, p, np.ones(6))

    # The second and third cut lie below the line from the first to the fifth row.
    assert hull.churners * 6 == pytest.approx([0, 1, 3, 3])
    assert hull.loyal * 6 == pytest.approx([0, 0, 2, 3])


def test_scores_that_rank_nothing_earn_what_contacting_everybody_does_or_nothing():
    half, few = np.arange(10) < 5, np.arange(100) < 5

    many = mpc(convex_hull(half, np.full(10, 0.5), np.ones(10)), VALUE, PUBLISHED)
    none = mpc(convex_hull(few, np.full(100, 0.5), np.ones(100)), VALUE, PUBLISHED)

    assert many == pytest.approx((0.5 * 56 - 0.5 * 11, 1.0))
    assert none == (0.0, 0.0)


def test_profits_measures_each_weighting_as_if_alone():
    churned, p = np.array([True, False, True, False]), np.array([0.9, 0.6, 0.4, 0.1])
    weights = np.array([[1.0, 2.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])

    found = profits(churned, p, VALUE, PUBLISHED)(weights)

    for i in range(2):
        hull = convex_hull(churned, p, weights[:, i])
        assert found["mpc_eur"][i] == mpc(hull, VALUE, PUBLISHED)[0]
        assert found["empc_target_share"][i] == empc(hull, VALUE, PUBLISHED)[1]


def test_profits_are_undefined_when_keeping_a_customer_is_worth_less_than_the_offer():
    churned, p = np.array([True, False]), np.array([0.9, 0.1])

    found = profits(churned, p, 10.0, PUBLISHED)(np.ones((2, 1)))

    assert all(np.isnan(value[0]) for value in found.values())


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_profits_are_undefined_when_the_acceptance_is_certain(rate):
    churned, p = np.array([True, False]), np.array([0.9, 0.1])
    certain = Economics(offer_eur=10, contact_eur=1, acceptance_rate=rate)

    found = profits(churned, p, VALUE, certain)(np.ones((2, 1)))

    assert all(np.isnan(value[0]) for value in found.values())
