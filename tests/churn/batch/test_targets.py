import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from churn.batch.targets import (
    TargetPlan,
    expected_cost,
    net_value_variance,
    target_ranks,
)
from churn.errors import ConfigError
from churn.scoring.decision import Economics, expected_net_value

EVERYBODY = TargetPlan(budget_eur=None, most_customers=None, share=None)
OURS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)

shares = st.floats(0, 1, width=32)
economics = st.builds(Economics, st.floats(0, 50), st.floats(0, 5), shares)
customers = st.integers(0, 30).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=shares),
        arrays(np.float64, n, elements=st.sampled_from([0.0, 20.0, 200.0, 900.0])),
    )
)
plans = st.builds(
    TargetPlan,
    st.none() | st.floats(0, 300),
    st.none() | st.integers(0, 40),
    st.none() | shares,
)


def by_hand(probability, value, economics, plan):
    """Walk down the ranking until something is used up."""
    p, v = probability.tolist(), value.tolist()
    a, offer, contact = (
        economics.acceptance_rate,
        economics.offer_eur,
        economics.contact_eur,
    )
    net = expected_net_value(probability, value, economics).tolist()
    ranking = sorted((i for i in range(len(p)) if net[i] > 0), key=lambda i: -net[i])
    ranks, spent = [0] * len(v), 0.0
    for place, i in enumerate(ranking, start=1):
        spent += contact + offer * (p[i] * a + 1 - p[i])
        if plan.budget_eur is not None and spent > plan.budget_eur + 1e-9:
            break
        if plan.most_customers is not None and place > plan.most_customers:
            break
        if plan.share is not None and place > plan.share * len(p) + 1e-9:
            break
        ranks[i] = place
    return ranks


@settings(max_examples=40)
@given(customers, economics, plans)
def test_the_list_is_the_ranking_walked_down_until_a_bound_is_met(known, ours, plan):
    probability, value = known

    ranks = target_ranks(probability, value, ours, plan)

    assert ranks.tolist() == by_hand(probability, value, ours, plan)


@settings(max_examples=40)
@given(customers, economics, plans, st.floats(0, 300))
def test_a_larger_budget_takes_nobody_off(known, ours, plan, more):
    probability, value = known
    budget = plan.budget_eur or 0.0
    smaller, larger = (
        TargetPlan(eur, plan.most_customers, plan.share)
        for eur in (budget, budget + more)
    )

    before = target_ranks(probability, value, ours, smaller)
    after = target_ranks(probability, value, ours, larger)

    assert (after[before > 0] == before[before > 0]).all()


@settings(max_examples=40)
@given(customers, economics)
def test_the_cost_is_what_the_net_value_is_reduced_by(known, ours):
    probability, value = known

    kept = probability * ours.acceptance_rate * value
    net = kept - expected_cost(probability, ours)

    np.testing.assert_allclose(
        net, expected_net_value(probability, value, ours), atol=1e-9
    )


def test_nobody_is_listed_who_costs_as_much_as_a_contact_brings():
    # 0.5 * (1 * (30 - 10)) - 0.5 * 10 is 5; with a value of 20 it is exactly 0.
    generous = Economics(offer_eur=10, contact_eur=0, acceptance_rate=1)

    ranks = target_ranks(np.full(2, 0.5), np.array([20.0, 30.0]), generous, EVERYBODY)

    assert ranks.tolist() == [0, 1]


def test_of_equal_customers_the_first_is_called_first():
    ranks = target_ranks(np.full(4, 0.8), np.full(4, 200.0), OURS, EVERYBODY)

    assert ranks.tolist() == [1, 2, 3, 4]


def test_a_budget_is_spent_up_to_its_last_cent():
    # A certain churner costs 1 + 10 * 0.3 = 4 EUR.
    certain, value = np.ones(3), np.full(3, 200.0)

    exact = target_ranks(certain, value, OURS, TargetPlan(8.0, None, None))
    short = target_ranks(certain, value, OURS, TargetPlan(7.99, None, None))

    assert (exact > 0).sum() == 2
    assert (short > 0).sum() == 1


def test_a_budget_for_three_is_for_three_however_floats_add_up():
    # 0.1 + 0.1 + 0.1 is more than 0.3 in floats.
    cheap = Economics(offer_eur=0, contact_eur=0.1, acceptance_rate=1)

    ranks = target_ranks(
        np.ones(4), np.full(4, 200.0), cheap, TargetPlan(0.3, None, None)
    )

    assert (ranks > 0).sum() == 3


def test_a_share_is_of_all_who_were_scored_and_is_rounded_down():
    probability, value = np.ones(100), np.full(100, 200.0)
    counted = [
        (target_ranks(probability[:n], value[:n], OURS, TargetPlan(None, None, share)))
        for n, share in ((100, 0.29), (99, 0.29), (100, 0.0))
    ]

    assert [int((ranks > 0).sum()) for ranks in counted] == [29, 28, 0]


def test_the_variance_is_that_of_what_happens():
    rng = np.random.default_rng(5)
    p, value, n = 0.4, 300.0, 200_000
    churns = rng.random(n) < p
    accepts = ~churns | (rng.random(n) < OURS.acceptance_rate)
    gained = np.where(churns & accepts, value, 0.0) - 10.0 * accepts - 1.0

    variance = net_value_variance(np.array([p]), np.array([value]), OURS)

    assert variance[0] == pytest.approx(gained.var(), rel=0.02)


@pytest.mark.parametrize(
    ("bounds", "key"),
    [
        ((-1.0, None, None), "budget_eur"),
        ((float("nan"), None, None), "budget_eur"),
        ((None, -1, None), "most_customers"),
        ((None, None, 1.1), "share"),
    ],
)
def test_a_bound_that_is_none_is_refused_by_name(bounds, key):
    with pytest.raises(ConfigError, match=f"targets.{key}: expected"):
        TargetPlan(*bounds)
