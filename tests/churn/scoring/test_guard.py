"""The guard of a canary: hand-computed bets, and what may never grow."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.scoring.guard import (
    EXCESSES,
    FEWEST,
    NOTHING,
    USUAL,
    WEIGHTS,
    Counts,
    Guard,
    GuardPlan,
    RateBet,
    Watch,
    _alternatives,
    _projected,
)

SHARES = st.floats(0.001, 0.999)
REQUESTS = st.integers(1, 400)


def binomial(n, k, rate):
    return math.comb(n, k) * rate**k * (1 - rate) ** (n - k)


def test_a_first_block_is_won_by_what_was_bet_on_each_excess():
    # The champion's rate is thought to be 0.5 / 50; the null is the mean of both rates.
    won = 0.0
    for excess, weight in zip(EXCESSES, WEIGHTS, strict=True):
        ours, theirs = 0.01, 0.01 + excess
        null = (90 * ours + 10 * theirs) / 100
        ratio = (1 - ours) ** 90 / (1 - null) ** 90
        won += (
            weight * ratio * theirs**2 * (1 - theirs) ** 8 / (null**2 * (1 - null) ** 8)
        )

    bet = RateBet.start(0.0).update((90, 0), (10, 2))

    assert math.exp(float(bet.highest)) == pytest.approx(won)


@given(n=REQUESTS, m=REQUESTS, believed=SHARES, margin=st.sampled_from([0, 0.01, 0.2]))
def test_no_pair_of_rates_within_the_margin_lets_a_bet_grow(n, m, believed, margin):
    """What makes it an E-variable: of all requests' ratios the mean is at most 1."""
    ours, theirs = _alternatives(np.array([believed])[:, None], margin)
    null = _projected(n, m, ours, theirs, margin)
    other = null + margin

    for champion, more in product(np.linspace(0, 1, 21), np.linspace(-1, margin, 21)):
        challenger = champion + more
        if not 0 <= challenger <= 1:
            continue
        ratio = champion * ours / null + (1 - champion) * (1 - ours) / (1 - null)
        against = challenger * theirs / other + (1 - challenger) * (1 - theirs) / (
            1 - other
        )
        assert np.all((n * ratio + m * against) / (n + m) <= 1 + 1e-9)


@pytest.mark.parametrize("margin", [0.0, 0.05])
def test_summed_over_all_outcomes_the_wealth_is_expected_not_to_grow(margin):
    champion, challenger, n, m = 0.2, 0.2 + margin, 7, 5
    expected = sum(
        binomial(n, k, champion)
        * binomial(m, hits, challenger)
        * math.exp(
            float(
                np.logaddexp.reduce(
                    RateBet.start(margin).update((n, k), (m, hits)).log_wealth
                )
            )
        )
        for k, hits in product(range(n + 1), range(m + 1))
    )

    assert expected <= 1 + 1e-9
    assert expected > 0.9


def test_a_block_of_one_arm_alone_moves_nothing():
    bet = RateBet.start(0.0).update((0, 0), (50, 40))

    assert float(bet.highest) == pytest.approx(0)


def test_many_bets_side_by_side_are_those_bets():
    rng = np.random.default_rng(3)
    n, m = np.array([80, 90, 100]), np.array([10, 20, 30])
    ours, theirs = rng.binomial(n, 0.1), rng.binomial(m, 0.4)

    together = RateBet.start(0.02, (3,)).update((n, ours), (m, theirs))

    for i in range(3):
        alone = RateBet.start(0.02).update((n[i], ours[i]), (m[i], theirs[i]))
        assert together.highest[i] == pytest.approx(float(alone.highest))


def run(guard: Guard, rng, *, champion: float, challenger: float, n: int) -> Guard:
    """Many looks after few requests each, a tenth of them the challenger's."""
    for _ in range(n // 2):
        ours, theirs = rng.binomial(18, champion), rng.binomial(2, challenger)
        guard = guard.update(Counts(18, ours, 0), Counts(2, theirs, 0))
        if guard.alarm:
            break
    return guard


def test_one_percentage_point_is_caught_within_two_thousand_canary_requests():
    rng = np.random.default_rng(11)

    guards = [
        run(Guard.start(USUAL), rng, champion=0.0, challenger=0.01, n=2000)
        for _ in range(20)
    ]

    assert all(guard.alarm for guard in guards)
    assert sorted(guard.challenger.n for guard in guards)[10] < 700


def test_equal_rates_hardly_ever_alarm_however_often_one_looks():
    rng = np.random.default_rng(12)
    bet = RateBet.start(0.0, (4000,))
    for _ in range(150):
        ours, theirs = rng.binomial(180, 0.02, 4000), rng.binomial(20, 0.02, 4000)
        bet = bet.update((180, ours), (20, theirs))

    # At most 0.05 by Ville; an ordinary test at each look is wrong in about a third.
    assert np.mean(bet.rejects(0.05)) <= 0.05


def test_a_challenger_within_the_margin_is_left_alone_and_one_beyond_it_is_not():
    rng = np.random.default_rng(13)
    bets = {}
    for name, rate in (("within", 0.068), ("beyond", 0.12)):
        bet = RateBet.start(0.02, (200,))
        for _ in range(200):
            ours, theirs = rng.binomial(90, 0.05, 200), rng.binomial(10, rate, 200)
            bet = bet.update((90, ours), (10, theirs))
        bets[name] = np.mean(bet.rejects(0.01))

    assert bets["within"] <= 0.01
    assert bets["beyond"] >= 0.95


def test_requests_wait_until_either_arm_has_enough_and_none_is_lost():
    guard = Guard.start(USUAL)

    for _ in range(FEWEST - 1):
        guard = guard.update(Counts(9, 0, 0), Counts(1, 1, 0))
    assert guard.alarm is None
    assert guard.waiting == (Counts(81, 0, 0), Counts(9, 9, 0))
    guard = guard.update(Counts(9, 0, 0), Counts(1, 1, 0))

    assert guard.waiting == (NOTHING, NOTHING)
    assert guard.alarm == (
        "the challenger fails more often: 10 of 10 requests, the champion 0 of 90"
    )


def test_slow_answers_alarm_too_and_an_alarm_is_never_taken_back():
    guard = Guard.start(USUAL)
    for _ in range(5):
        guard = guard.update(Counts(90, 0, 1), Counts(10, 0, 9))
    assert guard.alarm == (
        "the challenger is slow more often: 45 of 50 requests, the champion 5 of 450"
    )

    for _ in range(50):
        guard = guard.update(Counts(90, 0, 1), Counts(100, 0, 0))

    assert guard.alarm is not None


def test_the_error_rate_and_the_margin_are_the_plans():
    strict = GuardPlan(Watch(0.0, 1e-9), 1e-9, Watch(0.0, 1e-9))
    lax = GuardPlan(Watch(0.5, 0.05), 0.05, Watch(0.5, 0.05))
    some = Counts(90, 0, 0), Counts(10, 5, 0)

    assert Guard.start(USUAL).update(*some).alarm
    assert Guard.start(strict).update(*some).alarm is None
    assert Guard.start(lax).update(*some).alarm is None


def test_twice_the_errors_of_a_champion_with_one_percent_end_a_canary_at_the_look():
    guard = Guard.start(USUAL)
    for block in range(200):
        hits = int(block % 20 in (3, 8, 13, 18))
        guard = guard.update(Counts(90, int(block % 10 != 0), 0), Counts(10, hits, 0))

    assert not guard.failed.rejects(USUAL.failed.error_rate)
    assert guard.alarm == (
        "the challenger fails more often: 40 of 2,000 requests, the champion 180 of "
        "18,000"
    )


def test_all_that_may_alarm_falsely_adds_up():
    assert USUAL.error_rate == pytest.approx(0.0076)
