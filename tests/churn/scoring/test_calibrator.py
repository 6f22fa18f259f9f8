import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.scoring.calibrator import calibrated, log_odds, sigmoid


def test_no_calibrator_leaves_scores_as_they_are() -> None:
    assert calibrated(np.array([0.0, 0.3, 1.0]), "none", {}).tolist() == [0, 0.3, 1]


def test_a_sigmoid_works_on_log_odds() -> None:
    # Log-odds of 0.75 are log 3; twice that minus log 3 is log 3 again.
    parameters = {"slope": [2.0], "intercept": [-np.log(3)]}

    assert calibrated(np.array([0.75]), "sigmoid", parameters) == pytest.approx(0.75)


def test_an_isotonic_one_draws_straight_lines_and_is_level_outside() -> None:
    parameters = {"score": [0.2, 0.4], "probability": [0.1, 0.5]}

    found = calibrated(np.array([0.0, 0.3, 0.9]), "isotonic", parameters)

    np.testing.assert_allclose(found, [0.1, 0.3, 0.5])


@given(st.floats(1e-9, 1 - 1e-9))
def test_log_odds_and_sigmoid_undo_each_other(probability: float) -> None:
    p = np.array([probability])

    np.testing.assert_allclose(sigmoid(log_odds(p)), p, rtol=1e-9)


def test_certainty_has_finite_log_odds() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
    assert sigmoid(np.array([-1e9, 1e9])).tolist() == pytest.approx([0, 1])
