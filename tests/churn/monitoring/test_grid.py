import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churn.monitoring.grid import N_BINS, SCORE_EDGES, score_bins


def test_bins_are_equally_wide_in_log_odds_and_open_at_both_ends() -> None:
    log_odds = np.log(SCORE_EDGES / (1 - SCORE_EDGES))

    np.testing.assert_allclose(np.diff(log_odds), 0.125, atol=1e-9)
    np.testing.assert_allclose(log_odds[[0, -1]], [-7.875, 7.875], atol=1e-9)
    assert score_bins(np.array([0.0, 1e-9, 1.0])).tolist() == [0, 0, N_BINS - 1]


@given(st.floats(0, 1))
def test_a_probability_is_between_the_edges_of_its_bin(probability: float) -> None:
    (place,) = score_bins(np.array([probability]))

    assert place == 0 or SCORE_EDGES[place - 1] < probability
    assert place == N_BINS - 1 or probability <= SCORE_EDGES[place]
