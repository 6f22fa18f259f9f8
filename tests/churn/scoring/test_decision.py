import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from churn.scoring.decision import (
    Economics,
    contact,
    expected_net_value,
    threshold,
)

LITERATURE = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
MONEY = st.floats(0, 1e4)
RATE = st.floats(0, 1)


def test_at_one_value_the_rule_is_the_classic_threshold() -> None:
    classic = 11 / 67
    probability = np.array([classic - 1e-6, classic + 1e-6])

    contacted = contact(probability, np.full(2, 200.0), LITERATURE)

    assert contacted.tolist() == [False, True]


def test_a_worthless_churner_is_not_worth_a_call() -> None:
    assert not contact(np.array([1.0]), np.array([0.0]), LITERATURE)[0]


def test_a_break_even_customer_is_left_alone() -> None:
    free = Economics(offer_eur=0, contact_eur=0, acceptance_rate=0.5)

    assert not contact(np.array([0.0]), np.array([100.0]), free)[0]


@given(p=RATE, value=MONEY, offer=MONEY, fee=MONEY, rate=RATE)
def test_the_value_is_the_mean_over_the_four_outcomes(
    p: float, value: float, offer: float, fee: float, rate: float
) -> None:
    outcomes = [
        (p * rate, value - offer - fee),
        (p * (1 - rate), -fee),
        (1 - p, -offer - fee),
    ]

    computed = expected_net_value(
        np.array([p]), np.array([value]), Economics(offer, fee, rate)
    )

    expected = sum(share * money for share, money in outcomes)
    assert computed[0] == pytest.approx(expected, abs=1e-6)


@given(p=RATE, value=MONEY)
def test_a_likelier_churner_worth_more_than_the_offer_is_never_worth_less(
    p: float, value: float
) -> None:
    value += LITERATURE.offer_eur
    pair = np.array([p, min(1.0, p + 0.1)])

    low, high = expected_net_value(pair, np.full(2, value), LITERATURE)

    assert high >= low


def test_the_threshold_is_where_a_contact_breaks_even() -> None:
    # (10 + 1) / (0.3 * (200 - 10) + 10); at 10 EUR not even a sure churner pays.
    found = threshold(np.array([200.0, 10.0, -5.0]), LITERATURE)

    np.testing.assert_allclose(found, [11 / 67, np.nan, np.nan])


def test_what_costs_nothing_is_worth_it_from_the_first_chance_on() -> None:
    free = Economics(offer_eur=0, contact_eur=0, acceptance_rate=0.5)

    assert threshold(np.array([100.0]), free)[0] == 0
    assert np.isnan(threshold(np.array([0.0]), free)[0])


@given(RATE, MONEY, MONEY, MONEY, RATE)
def test_contact_is_for_whom_is_beyond_the_threshold(
    probability: float, value: float, offer: float, cost: float, rate: float
) -> None:
    economics = Economics(offer, cost, rate)
    p, worth = np.array([probability]), np.array([value])
    limit = threshold(worth, economics)[0]
    assume(np.isnan(limit) or abs(probability - limit) > 1e-9)
    assume(abs(expected_net_value(p, worth, economics)[0]) > 1e-6)

    assert contact(p, worth, economics)[0] == (probability > limit)
