import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from churn.errors import NotEnoughDataError
from churn.model.calibration import calibrate
from churn.model.plan import CalibrationPlan
from churn.model.selection import row_losses
from churn.scoring.calibrator import calibrated, log_odds
from tests.snapshot_rows import rows

ALL = CalibrationPlan(["none", "sigmoid", "isotonic"], folds=4)


def drawn(distort: object, n: int = 4000) -> tuple[np.ndarray, pl.DataFrame]:
    """Scores that are a distortion of the true probability of each row."""
    rng = np.random.default_rng(3)
    truth = rng.beta(2, 5, n)
    frame = rows(n, seed=1).with_columns(is_churn=pl.Series(rng.random(n) < truth))
    return distort(truth), frame


def test_true_probabilities_are_left_nearly_alone() -> None:
    scores, frame = drawn(lambda p: p)

    found = calibrate(scores, frame, ALL, seed=0)

    assert found.method != "isotonic"
    np.testing.assert_allclose(
        calibrated(scores, found.method, found.parameters), scores, atol=0.05
    )


def test_of_the_methods_the_one_with_the_lowest_loss_is_taken() -> None:
    scores, frame = drawn(np.sqrt)

    found = calibrate(scores, frame, ALL, seed=0)

    assert set(found.log_losses) == {"none", "sigmoid", "isotonic"}
    assert found.log_losses[found.method] == min(found.log_losses.values())


def test_overconfident_scores_get_their_slope_back() -> None:
    scores, frame = drawn(lambda p: 1 / (1 + np.exp(-2 * log_odds(p) - 1)))

    found = calibrate(scores, frame, ALL, seed=0)

    assert found.method == "sigmoid"
    assert found.parameters["slope"][0] == pytest.approx(0.5, abs=0.05)
    assert found.parameters["intercept"][0] == pytest.approx(-0.5, abs=0.1)


def test_scores_with_a_step_are_calibrated_by_steps() -> None:
    scores, frame = drawn(lambda p: np.where(p < 0.3, p * 0.01, 0.9 + p * 0.01))

    assert calibrate(scores, frame, ALL, seed=0).method == "isotonic"


def test_the_sigmoid_is_the_unpenalised_logistic_regression() -> None:
    scores, frame = drawn(np.sqrt)
    labels = frame["is_churn"].to_numpy()
    independent = LogisticRegression(C=np.inf, tol=1e-10).fit(
        log_odds(scores)[:, None], labels
    )

    found = calibrate(scores, frame, CalibrationPlan(["sigmoid"], 2), seed=0).parameters

    assert found["slope"][0] == pytest.approx(independent.coef_[0, 0], abs=5e-3)
    assert found["intercept"][0] == pytest.approx(independent.intercept_[0], abs=5e-3)


def test_separable_scores_still_give_finite_losses() -> None:
    frame = rows(60, seed=1)
    labels = frame["is_churn"].to_numpy().astype(int)

    for method in ("sigmoid", "isotonic"):
        found = calibrate(labels * 1.0, frame, CalibrationPlan([method], 2), seed=0)
        p = calibrated(np.array([0.0, 1.0]), found.method, found.parameters)
        assert 0 < p[0] < p[1] < 1
        assert (
            row_losses(
                1 - labels, calibrated(labels * 1.0, found.method, found.parameters)
            ).max()
            < 20
        )


def test_rows_of_one_customer_do_not_vouch_for_each_other() -> None:
    # Each customer's rows are alike; were they in two folds, isotonic would learn them.
    frame = pl.concat([rows(100, seed=1)] * 8)
    scores = np.tile(np.random.default_rng(0).random(100), 8)

    found = calibrate(scores, frame, CalibrationPlan(["isotonic", "none"], 4), seed=0)

    fair = -np.log(0.5)
    assert found.log_losses["isotonic"] > fair * 0.95


def test_a_window_with_too_few_churners_is_refused() -> None:
    frame = rows(50, seed=1).with_columns(is_churn=pl.int_range(50) < 3)

    with pytest.raises(NotEnoughDataError, match="found 3"):
        calibrate(np.full(50, 0.1), frame, ALL, seed=0)
