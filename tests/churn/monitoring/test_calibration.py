import numpy as np
import pytest
from scipy.special import expit, logit

from churn.evaluation.calibration import calibration_line
from churn.evaluation.weighting import single
from churn.monitoring.calibration import calibration_slope, decile_residuals
from churn.monitoring.churn_sums import known
from churn.monitoring.losses import Rows
from churn.monitoring.scores import ScoredRows, count_scores
from churn.scoring.decision import Economics

N = 20_000


def drawn(slope: float, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    p = expit(rng.normal(-2, 1, n))
    return p, rng.random(n) < expit(slope * logit(p))


def counted(p: np.ndarray, is_churn: np.ndarray) -> Rows:
    rows = ScoredRows(
        probability=p,
        customer_value=np.ones(p.size),
        is_contacted=p > 0.3,
        is_churn=is_churn,
    )
    sums = known(count_scores(rows, Economics(1.0, 1.0, 0.5)))
    return Rows(sums, np.float64(p.size))


@pytest.mark.parametrize("slope", [0.6, 1.0])
def test_the_slope_is_that_of_the_rows(slope):
    p, is_churn = drawn(slope)
    of_rows = single(calibration_line(is_churn, p), "calibration_slope", np.ones(N))

    found = calibration_slope(counted(p, is_churn))

    assert found.value == pytest.approx(of_rows, abs=2e-3)
    assert abs(found.value - slope) < 3 * found.error


def test_the_error_of_a_true_slope_is_that_of_logistic_regression():
    p, is_churn = drawn(1.0)
    powers = np.stack([np.ones(N), logit(p)])
    information = (powers * p * (1 - p)) @ powers.T

    found = calibration_slope(counted(p, is_churn))

    assert found.error == pytest.approx(
        np.sqrt(np.linalg.inv(information)[1, 1]), rel=0.05
    )


def test_no_line_fits_one_bin_or_one_class():
    one_bin = counted(np.full(50, 0.2), np.arange(50) % 5 == 0)
    one_class = counted(np.linspace(0.1, 0.9, 50), np.zeros(50, bool))

    assert np.isnan(calibration_slope(one_bin).value)
    assert np.isnan(calibration_slope(one_class).value)


def test_deciles_hold_about_a_tenth_each_from_the_likeliest_down():
    p, is_churn = drawn(1.0)

    found = decile_residuals(counted(p, is_churn))

    assert [one.decile for one in found] == list(range(1, 11))
    assert sum(one.n for one in found) == N
    assert all(abs(one.n / N - 0.1) < 0.05 for one in found)
    assert [one.expected for one in found] == sorted(
        (one.expected for one in found), reverse=True
    )
    assert sum(one.found.low <= one.expected <= one.found.high for one in found) >= 8


def test_no_rows_have_no_deciles():
    assert decile_residuals(counted(np.empty(0), np.empty(0, bool))) == ()
