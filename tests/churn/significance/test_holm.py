import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.significance.holm import adjusted

P_VALUES = st.lists(st.floats(0, 1), max_size=5)


def by_closure(p_values):
    """A hypothesis falls when every set of hypotheses with it falls by Bonferroni."""
    everyone = range(len(p_values))
    sets = [
        chosen
        for size in range(1, len(p_values) + 1)
        for chosen in itertools.combinations(everyone, size)
    ]
    return [
        max(min(1, len(s) * min(p_values[i] for i in s)) for s in sets if one in s)
        for one in everyone
    ]


def test_a_worked_example():
    # 4 × 0.01, then 3 × 0.03 and 2 × 0.04 below it, then 0.5 alone.
    found = adjusted([0.04, 0.01, 0.5, 0.03])

    assert found == pytest.approx((0.09, 0.04, 0.5, 0.09))


@given(P_VALUES)
def test_holm_is_the_closure_of_bonferroni(p_values):
    assert adjusted(p_values) == pytest.approx(tuple(by_closure(p_values)))


def test_none_give_none_and_one_stays():
    assert adjusted([]) == ()
    assert adjusted([0.3]) == (0.3,)


def test_an_undefined_comparison_takes_its_place_in_the_family():
    assert adjusted([0.02, 1.0]) == (0.04, 1.0)


def test_a_false_rejection_among_many_is_as_rare_as_promised():
    rng = np.random.default_rng(20240101)

    families = [min(adjusted(rng.random(8).tolist())) for _ in range(4000)]

    # Three standard errors of 0.05 in 4,000 trials are 0.0104.
    assert np.mean(np.array(families) <= 0.05) == pytest.approx(0.049, abs=0.0104)
