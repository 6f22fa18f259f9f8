"""Looks that were planned: against SciPy, and how often they are wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from churn.scoring.planned_looks import FIRST_LOOK, PlannedLooks, chance_of_more


@given(n=st.integers(1, 5000), m=st.integers(1, 3000), data=st.data())
def test_the_chance_is_the_tail_of_the_hypergeometric_distribution(n, m, data):
    events, hits = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))

    found = chance_of_more((n, events), (m, hits))

    expected = hypergeom.sf(hits - 1, n + m, events + hits, m)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_counts_of_months_are_no_harder():
    n, m = 36_000_000, 4_000_000
    events, hits = 360_000, 40_300

    found = chance_of_more((n, events), (m, hits))

    expected = hypergeom.sf(hits - 1, n + m, events + hits, m)
    assert found == pytest.approx(expected, rel=1e-5)


def test_there_is_a_look_at_two_thousand_and_at_each_doubling():
    looks, seen = PlannedLooks.start(0.01), []
    for m in range(0, 9 * FIRST_LOOK, 100):
        before, looks = looks, looks.update((9 * m, 0), (m, 0))
        if looks.n_done > before.n_done:
            seen.append(m)

    assert seen == [2000, 4000, 8000, 16000]


def test_between_looks_nothing_is_found_and_what_was_found_stays():
    looks = PlannedLooks.start(0.01)

    early = looks.update((17_000, 0), (1_999, 1_999))
    found = looks.update((18_000, 180), (2_000, 45))
    later = found.update((36_000, 360), (4_000, 30))

    assert (early.has_found, found.has_found, later.has_found) == (False, True, True)


def test_all_looks_together_keep_the_error_rate():
    """A third of the looks' own levels, so that one wrong level would show."""
    rng, n_sims, rate = np.random.default_rng(7), 4000, 0.2
    wrong = 0
    for _ in range(n_sims):
        looks, champion, challenger = PlannedLooks.start(rate), 0, 0
        for k in range(5):
            new = 2000 if k == 0 else 2000 * 2 ** (k - 1)
            champion += int(rng.binomial(9 * new, 0.01))
            challenger += int(rng.binomial(new, 0.01))
            m = 2000 * 2**k
            looks = looks.update((9 * m, champion), (m, challenger))
        wrong += looks.has_found

    assert wrong / n_sims <= rate
    assert wrong / n_sims >= rate / 2
