import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.scoring.decision import Economics, contact, expected_net_value

LITERATURE = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
MONEY = st.floats(0, 1e4)
RATE = st.floats(0, 1)


def test_at_one_value_the_rule_is_the_classic_threshold() -> None:
    threshold = 11 / 67
    probability = np.array([threshold - 1e-6, threshold + 1e-6])

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
