import numpy as np
import pytest

from churn.evaluation.metrics import METRICS, OF_OPPONENTS

MODEL, OPPONENT = np.array([0.8]), np.array([0.5])


@pytest.mark.parametrize(
    ("metric", "gain"), [("roc_auc", 0.3), ("log_loss", -0.3), ("brier", -0.3)]
)
def test_gain_is_positive_where_the_model_is_better(metric, gain):
    assert METRICS[metric].gain(MODEL, OPPONENT) == pytest.approx([gain])


@pytest.mark.parametrize(
    ("metric", "model", "opponent", "gain"),
    [
        ("calibration_slope", 0.8, 0.5, 0.3),
        ("calibration_slope", 1.4, 0.9, -0.3),
        ("calibration_intercept", -0.2, 0.5, 0.3),
    ],
)
def test_gain_in_calibration_is_the_distance_it_is_nearer(
    metric, model, opponent, gain
):
    found = METRICS[metric].gain(np.array([model]), np.array([opponent]))

    assert found == pytest.approx([gain])


def test_metrics_of_opponents_have_names_of_their_own():
    assert not METRICS.keys() & OF_OPPONENTS.keys()
