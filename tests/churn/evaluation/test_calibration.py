import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from churn.evaluation.calibration import calibration_line
from churn.evaluation.metrics import (
    brier,
    calibration_intercept,
    calibration_slope,
    ece,
    log_loss,
)

ROWS = st.lists(
    st.tuples(
        st.booleans(), st.floats(0.0, 1.0, allow_subnormal=False), st.integers(0, 3)
    ),
    min_size=1,
    max_size=25,
).filter(lambda rows: sum(row[2] for row in rows) > 0)


def arrays(rows):
    churned, p, weight = (np.array(column) for column in zip(*rows, strict=True))
    return churned.astype(bool), p.astype(float), weight.astype(float)


def drawn(slope, intercept, n=4000):
    """Probabilities whose label follows their log odds bent by slope and intercept."""
    rng = np.random.default_rng(5)
    probability = expit(rng.normal(-1, 1.5, n))
    truth = expit(intercept + slope * logit(probability))
    return rng.random(n) < truth, probability


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_log_loss_and_brier_agree_with_scikit_learn(rows):
    churned, p, weight = arrays(rows)

    expected = sklearn_log_loss(churned, p, sample_weight=weight, labels=[0, 1])
    expected_brier = brier_score_loss(churned, p, sample_weight=weight)

    assert log_loss(churned, p, weight) == pytest.approx(expected)
    assert brier(churned, p, weight) == pytest.approx(expected_brier)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_ece_is_the_weighted_gap_bin_by_bin(rows):
    churned, p, weight = arrays(rows)
    expected = 0.0
    for i in range(10):
        inside = (p >= i / 10) & ((p < (i + 1) / 10) | (i == 9))
        # A value such as 0.3 is just below 3/10 as a float; follow the definition.
        inside = np.floor(np.minimum(p * 10, 9)) == i
        share = weight[inside].sum() / weight.sum()
        if share:
            rate = np.average(churned[inside], weights=weight[inside])
            mean = np.average(p[inside], weights=weight[inside])
            expected += share * abs(rate - mean)

    assert ece(churned, p, weight) == pytest.approx(expected, abs=1e-12)


def test_ece_by_hand():
    churned = np.array([True, False, False, True])
    p = np.array([0.25, 0.25, 0.05, 1.0])

    # Half of the rows: 0.5 against 0.25. A quarter: 0 against 0.05. The last: right.
    assert ece(churned, p, np.ones(4)) == pytest.approx(0.5 * 0.25 + 0.25 * 0.05)


def test_no_rows_leave_errors_undefined():
    nothing = np.zeros(2)

    for metric in (log_loss, brier, ece):
        assert metric(np.array([True, False]), np.array([0.1, 0.2]), nothing) is None


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, 0.3), (1.6, -0.4)])
def test_line_agrees_with_unpenalised_logistic_regression(slope, intercept):
    churned, p = drawn(slope, intercept)
    weight = np.random.default_rng(1).integers(0, 4, churned.size).astype(float)
    model = LogisticRegression(C=np.inf, tol=1e-8)
    model.fit(logit(p)[:, None], churned, sample_weight=weight)

    found = calibration_slope(churned, p, weight)

    assert found == pytest.approx(model.coef_[0, 0], abs=1e-4)
    expected = pytest.approx(model.intercept_[0], abs=1e-4)
    assert calibration_intercept(churned, p, weight) == expected
    assert found == pytest.approx(slope, abs=0.15)


def test_line_converges_for_probabilities_of_exactly_zero_and_one():
    churned, p = drawn(1.0, 0.0)
    extreme = np.where(p < 0.1, 0.0, np.where(p > 0.9, 1.0, p))

    slope = calibration_slope(churned, extreme, np.ones(churned.size))

    assert 0.0 < slope < 0.6


@pytest.mark.parametrize(
    ("churned", "p"),
    [
        ([True, False, True], [0.3, 0.3, 0.3]),
        ([True, True, True], [0.1, 0.2, 0.3]),
        ([False, False, True, True], [0.1, 0.2, 0.3, 0.4]),
    ],
    ids=["equal probabilities", "one class", "separated classes"],
)
def test_line_is_undefined(churned, p):
    churned, p = np.array(churned), np.array(p)

    assert calibration_slope(churned, p, np.ones(churned.size)) is None


def test_one_undefined_weighting_does_not_spoil_the_others():
    churned, p = drawn(1.0, 0.0, n=300)
    weights = np.ones((300, 3))
    weights[churned, 1] = 0.0

    slopes = calibration_line(churned, p)(weights)["calibration_slope"]

    assert np.isnan(slopes).tolist() == [False, True, False]
    assert slopes[0] == slopes[2] == pytest.approx(1.0, abs=0.4)


def test_resamples_move_the_line_as_refitting_each_of_them_would():
    churned, p = drawn(0.8, 0.1)
    rng = np.random.default_rng(3)
    weights = rng.poisson(1.0, (churned.size, 40)).astype(float)
    kernel = calibration_line(churned, p)

    at_once = kernel(weights)["calibration_slope"]
    one_by_one = [
        kernel(column[:, None])["calibration_slope"][0] for column in weights.T
    ]

    assert at_once == pytest.approx(one_by_one, abs=0.005)
    assert np.std(at_once) == pytest.approx(np.std(one_by_one), rel=0.02)
