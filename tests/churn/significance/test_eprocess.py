import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.significance.eprocess import FRACTIONS, bet, interval

GAINS = st.lists(st.sampled_from([-1.0, -0.5, -0.1, 0.0, 0.2, 0.75, 1.0]), max_size=40)
MARGINS = st.sampled_from([-0.5, -0.005, 0.0, 0.005, 0.3])


def wealth_by_definition(gains, margin):
    """Exact wealth after every gain, the start included, in fractions."""
    stakes = [Fraction(f) for f in FRACTIONS]
    pots, path = [Fraction(1)] * len(stakes), [Fraction(1)]
    for gain in gains:
        pays = (Fraction(gain) + 1) / (Fraction(margin) + 1)
        pots = [p * (1 - f + f * pays) for p, f in zip(pots, stakes, strict=True)]
        path.append(sum(pots) / len(pots))
    return path


def peeked(rng, *, n_gains, mean):
    """Gains of -1, 0 and 1, mostly 0, as differences of wins are."""
    return rng.choice(
        [-1.0, 0.0, 1.0], n_gains, p=[0.1 - mean / 2, 0.8, 0.1 + mean / 2]
    )


@settings(deadline=None)
@given(GAINS, MARGINS)
def test_the_wealth_is_the_mean_of_the_products(gains, margin):
    found = bet(np.array(gains), margin)

    path = wealth_by_definition(gains, margin)
    assert found.log_e_value == pytest.approx(math.log(path[-1]), abs=1e-9)
    assert found.highest_log_e_value == pytest.approx(math.log(max(path)), abs=1e-9)
    assert found.n_gains == len(gains)


@pytest.mark.parametrize("margin", [-0.3, 0.0, 0.005, 0.4])
def test_at_the_margin_the_wealth_stays_as_it_is_on_average(margin):
    # Gains of 1 and -1 whose mean is the margin; every path of four of them.
    chance_up = (1 + Fraction(margin)) / 2
    expected = Fraction(0)
    for path in range(16):
        gains = [1.0 if path >> i & 1 else -1.0 for i in range(4)]
        ups = sum(gain > 0 for gain in gains)
        chance = chance_up**ups * (1 - chance_up) ** (4 - ups)
        expected += chance * Fraction(
            math.exp(bet(np.array(gains), margin).log_e_value)
        )

    assert float(expected) == pytest.approx(1.0)


def test_two_wins_at_a_margin_of_zero_worked_out_by_hand():
    # Each fraction f makes its part (1 + f)² of it. Over Beta(1/2, 1/2), with a mean of
    # 1/2 and a mean square of 3/8, that is 1 + 1 + 3/8; the sixteen quantiles share
    # both moments with it.
    by_hand = 2.375

    assert bet(np.ones(2), 0.0).log_e_value == pytest.approx(math.log(by_hand))


def test_no_gains_leave_the_wealth_and_prove_nothing():
    found = bet(np.array([]), 0.0)

    assert (found.n_gains, found.mean, found.log_e_value) == (0, None, 0.0)
    assert (found.highest_log_e_value, found.rejects(0.5)) == (0.0, False)
    assert interval(np.array([]), error_rate=0.05) == (-1.0, 1.0)


def test_models_that_never_differ_prove_only_that_they_never_differ():
    same = np.zeros(5000)

    low, high = interval(same, error_rate=0.05)

    assert not bet(same, 0.0).rejects(0.05)
    assert bet(same, -0.005).rejects(0.05)
    assert low == pytest.approx(-high)
    assert -0.005 < low < 0


@settings(deadline=None, max_examples=50)
@given(GAINS, st.lists(st.floats(-0.9, 0.9), min_size=2, max_size=2))
def test_a_larger_margin_is_never_easier(gains, margins):
    easy, hard = (bet(np.array(gains), margin) for margin in sorted(margins))

    assert hard.highest_log_e_value <= easy.highest_log_e_value + 1e-9


@settings(deadline=None, max_examples=50)
@given(GAINS, GAINS, MARGINS)
def test_later_gains_never_take_a_rejection_back(gains, later, margin):
    before, after = (bet(np.array(g), margin) for g in (gains, gains + later))

    assert after.highest_log_e_value >= before.highest_log_e_value


@settings(deadline=None)
@given(GAINS, st.sampled_from([0.5, 0.3, 0.05, 0.0003]))
def test_the_lower_limit_is_the_largest_margin_that_is_rejected(gains, error_rate):
    low, _ = interval(np.array(gains), error_rate=error_rate)

    assert not bet(np.array(gains), low + 1e-5).rejects(error_rate)
    if low > -1 + 2e-5:
        assert bet(np.array(gains), low).rejects(error_rate)


@settings(deadline=None, max_examples=50)
@given(GAINS)
def test_the_upper_limit_mirrors_the_lower(gains):
    low, high = interval(np.array(gains), error_rate=0.05)
    mirrored_low, mirrored_high = interval(-np.array(gains), error_rate=0.05)

    assert (low, high) == (-mirrored_high, -mirrored_low)
    assert low >= -1
    assert high <= 1


def test_a_limit_above_the_mean_of_all_is_found_when_the_start_was_better():
    # 300 wins prove a mean near 1; 3,000 losses afterwards do not take that back.
    gains = np.append(np.ones(300), -np.ones(3000))

    low, high = interval(gains, error_rate=0.05)

    assert low > 0.9
    assert high < 0


def test_blocks_of_gains_join_without_a_seam():
    rng = np.random.default_rng(3)
    gains = peeked(rng, n_gains=50_000, mean=0.005)

    found = bet(gains, 0.0)

    paths = np.cumsum(np.log1p(FRACTIONS[:, None] * gains), axis=1)
    wealth = np.log(np.mean(np.exp(paths), axis=0))
    assert found.log_e_value == pytest.approx(wealth[-1])
    assert found.highest_log_e_value == pytest.approx(max(wealth.max(), 0))


def test_looking_after_every_gain_rejects_no_more_than_promised():
    rng = np.random.default_rng(20240101)

    rejected = [
        bet(peeked(rng, n_gains=2000, mean=0.0), 0.0).rejects(0.05) for _ in range(1000)
    ]

    # Promised is at most 0.05; of 1,000 trials at that rate 71 would be three errors
    # too many. A bet that never wins would keep the promise as well.
    assert 5 <= sum(rejected) <= 71


def test_both_limits_hold_the_mean_at_every_look():
    rng = np.random.default_rng(20240102)
    limits = np.array(
        [
            interval(peeked(rng, n_gains=1000, mean=0.05), error_rate=0.05)
            for _ in range(400)
        ]
    )

    # The limits only tighten while one looks, so that the last hold for all before.
    assert np.mean(limits[:, 0] > 0.05) <= 0.05 + 0.033
    assert np.mean(limits[:, 1] < 0.05) <= 0.05 + 0.033


def test_a_clear_gain_is_found():
    rng = np.random.default_rng(4)

    assert bet(peeked(rng, n_gains=2000, mean=0.06), 0.005).rejects(0.05)
