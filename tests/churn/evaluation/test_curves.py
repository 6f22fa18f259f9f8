import numpy as np
import pytest
from scipy.stats import binomtest

from churn.evaluation.curves import (
    curve,
    cut_offs,
    lift_and_profit,
    reliability,
    wilson,
)


def test_cuts_are_at_each_percent_of_many_rows():
    _, stops = cut_offs(np.linspace(1, 0, 1000))

    assert stops.tolist() == list(range(10, 1001, 10))


def test_cuts_never_part_equal_scores():
    order, stops = cut_offs(np.array([0.1, 0.9, 0.1, 0.9, 0.9]))

    assert order.tolist() == [1, 3, 4, 0, 2]
    assert stops.tolist() == [3, 5]


def test_lift_and_profit_by_hand():
    churned = np.array([True, False, True, False])
    probability = np.array([0.9, 0.6, 0.4, 0.1])
    expected_eur = np.array([1.0, 2.0, 3.0, 4.0])
    net_value = np.array([50.0, -10.0, 30.0, -10.0])

    found = lift_and_profit(churned, probability, expected_eur, net_value)(
        np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 3.0], [1.0, 1.0]])
    )

    # By risk 1, 1, 2, 2 churners are caught; by expected value -10, 20, 10, 60 EUR.
    assert found["lift"][:, 0] == pytest.approx([2.0, 1.0, 4 / 3, 1.0])
    assert found["profit"][:, 0] == pytest.approx([-2500, 5000, 2500, 15000])
    # The third row counts three times: base rate 4 of 6.
    assert found["lift"][:, 1] == pytest.approx([1.5, 0.75, 1.2, 1.0])
    assert found["profit"][1, 1] == pytest.approx(1000 * (-10 + 90) / 6)


def test_curve_tells_the_share_above_each_cut():
    score = np.array([0.9, 0.9, 0.5, 0.1])
    results = np.array([[2.0, 1.0, 3.0], [1.5, 1.5, 1.5], [1.0, 1.0, 1.0]])

    points = curve(score, results)

    assert [(p.x, p.y, p.n) for p in points] == [
        (0.5, 2.0, 2),
        (0.75, 1.5, 3),
        (1, 1, 4),
    ]
    assert points[0].low == pytest.approx(1.05)


def test_curve_leaves_out_what_is_undefined():
    assert curve(np.array([0.5]), np.array([[np.nan, 1.0]])) == ()


def test_reliability_has_a_point_for_each_bin_with_rows():
    churned = np.array([True, False, False, False])

    points = reliability(churned, np.array([0.92, 0.98, 0.11, 0.19]))

    assert [(p.x, p.y, p.n) for p in points] == [
        (pytest.approx(0.15), 0.0, 2),
        (pytest.approx(0.95), 0.5, 2),
    ]
    assert points[0].low == 0.0 < points[0].high < 1


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 10), (50, 50)])
def test_wilson_agrees_with_scipy(k, n):
    expected = binomtest(k, n).proportion_ci(0.95, method="wilson")

    assert wilson(k / n, n) == pytest.approx((expected.low, expected.high), abs=1e-6)
