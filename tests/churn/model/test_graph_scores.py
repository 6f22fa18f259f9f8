import numpy as np
import pytest
from onnx import TensorProto

from churn.model.calibration import Calibration
from churn.model.graph import Graph
from churn.model.graph_scores import write_calibrator
from churn.scoring.calibrator import calibrated, log_odds
from churn.scoring.session import graph_session, run_graph

SCORES = np.random.default_rng(1).random(500)
CALIBRATIONS = {
    "none": {},
    "sigmoid": {"slope": [1.7], "intercept": [-0.3]},
    "isotonic": {
        "score": [0.1, 0.2, 0.2001, 0.7],
        "probability": [0.05, 0.05, 0.4, 0.9],
    },
}


def in_graph(calibration: Calibration, scores: np.ndarray) -> np.ndarray:
    graph = Graph()
    odds = graph.take("log_odds", TensorProto.DOUBLE)
    score = graph.take("score", TensorProto.DOUBLE)
    written = write_calibrator(graph, odds, score, calibration)
    graph.give(written, "probability", TensorProto.DOUBLE)
    columns = {"log_odds": log_odds(scores), "score": scores}
    return run_graph(graph_session(graph.to_bytes(), threads=1), "probability", columns)


@pytest.mark.parametrize("method", CALIBRATIONS)
def test_the_calibrator_in_the_graph_is_the_one_in_numpy(method: str) -> None:
    calibration = Calibration(method, CALIBRATIONS[method], {}, 0)

    np.testing.assert_allclose(
        in_graph(calibration, SCORES),
        calibrated(SCORES, calibration.method, calibration.parameters),
        atol=1e-14,
    )


def test_isotonic_corners_are_met_and_level_outside() -> None:
    calibration = Calibration("isotonic", CALIBRATIONS["isotonic"], {}, 0)

    found = in_graph(calibration, np.array([0.0, 0.1, 0.2, 0.45005, 0.7, 1.0]))

    np.testing.assert_allclose(found, [0.05, 0.05, 0.05, 0.65, 0.9, 0.9], atol=1e-12)


def test_a_single_corner_is_a_constant() -> None:
    one = Calibration("isotonic", {"score": [0.5], "probability": [0.3]}, {}, 0)

    np.testing.assert_allclose(in_graph(one, np.array([0.1, 0.9])), [0.3, 0.3])
