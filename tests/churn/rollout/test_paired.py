"""Checks on rows that both models scored: by hand, and when they are decided."""

import numpy as np
import pytest

from churn.rollout.check import RolloutCheck
from churn.rollout.paired import (
    decision_flips,
    score_distribution,
    score_shift,
    slow_scores,
    unscored,
)
from tests.churn.rollout.rollout_rows import pairs, seen

N = 3000


def check(bound, **numbers) -> RolloutCheck:
    return RolloutCheck("it", "kind", {"bound": bound} | numbers, {}, 0.001, "blocks")


def scored(shift, n=N):
    """Probabilities that move by so much, up and down in turn."""
    champion = np.linspace(0.2, 0.8, n)
    sign = np.where(np.arange(n) % 2, 1, -1)
    return seen(pairs=pairs(champion, champion + sign * shift))


def test_the_mean_move_of_a_probability_is_held_against_the_bound():
    found = score_shift(check(0.1), scored(0.05))

    assert found.outcome == "passed"
    assert found.observed.value == pytest.approx(0.05)
    assert found.observed.low < 0.05 < found.observed.high < 0.1
    assert "moves on average by 0.05" in found.sentence
    assert score_shift(check(0.1), scored(0.15)).outcome == "failed"
    assert score_shift(check(0.1), scored(0.1)).outcome == "undecided"
    assert score_shift(check(0.1), scored(0.05, n=20)).outcome == "undecided"


def test_nothing_seen_is_undecided_whatever_is_asked():
    for ask in (score_shift, decision_flips, unscored, score_distribution):
        assert ask(check(0.1), seen()).outcome == "undecided"
    assert slow_scores(check(0.1, slow_seconds=1), seen()).observed is None


def test_a_flip_is_a_customer_who_is_decided_upon_otherwise():
    champion = np.full(N, 0.4)
    challenger = np.where(np.arange(N) % 10 == 0, 0.6, 0.4)
    evidence = seen(pairs=pairs(champion, challenger))

    assert decision_flips(check(0.2), evidence).observed.value == pytest.approx(0.1)
    assert decision_flips(check(0.2), evidence).outcome == "passed"
    assert decision_flips(check(0.05), evidence).outcome == "failed"


def test_rows_that_it_cannot_score_count_there_and_nowhere_else():
    champion = np.full(N, 0.4)
    challenger = np.where(np.arange(N) % 20 == 0, np.nan, 0.45)
    evidence = seen(pairs=pairs(champion, challenger))

    assert unscored(check(0.1), evidence).observed.value == pytest.approx(0.05)
    assert unscored(check(0.01), evidence).outcome == "failed"
    assert score_shift(check(0.1), evidence).observed.value == pytest.approx(0.05)
    assert decision_flips(check(0.1), evidence).observed.n == N - N // 20


def test_slow_is_who_waits_longer_than_the_limit():
    champion = np.full(N, 0.4)
    seconds = np.where(np.arange(N) % 4 == 0, 0.2, 0.01)
    evidence = seen(pairs=pairs(champion, champion, seconds=seconds))

    found = slow_scores(check(0.05, slow_seconds=0.1), evidence)

    assert (found.outcome, found.observed.value) == ("failed", pytest.approx(0.25))
    assert slow_scores(check(0.05, slow_seconds=0.2), evidence).outcome == "passed"


def test_two_distributions_may_differ_where_no_mean_does():
    # A half of the customers rise by 0.3 and a half fall: the mean stays.
    champion = np.full(N, 0.5)
    challenger = np.where(np.arange(N) % 2, 0.2, 0.8)
    evidence = seen(pairs=pairs(champion, challenger))

    found = score_distribution(check(0.3), evidence)

    assert found.outcome == "failed"
    # Below 0.5 is a half where nobody was; at or below 0.5 a half where all were.
    assert abs(found.observed.value) == pytest.approx(0.5)
    assert score_distribution(check(0.6), evidence).outcome == "passed"


def test_a_customer_counts_once_at_its_earliest_row():
    champion = np.full(N, 0.5)
    challenger = np.concatenate([np.full(N // 2, 0.5), np.full(N // 2, 0.9)])
    rows = pairs(champion, challenger, customer=[*range(N // 2), *range(N // 2)])

    found = score_shift(check(0.1), seen(pairs=rows))

    assert (found.observed.n, found.observed.value) == (N // 2, 0)
    assert found.outcome == "passed"
