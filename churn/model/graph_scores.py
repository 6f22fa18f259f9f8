"""Writes the fitted learner and the calibrator into a graph.

All in float64 after the trees, whose leaves are float32.
"""

import numpy as np
from sklearn.base import ClassifierMixin

from churn.model.calibration import Calibration
from churn.model.graph import ML_DOMAIN, Graph
from churn.model.spaces import FOREST, LOGISTIC
from churn.model.trees import ensemble

SMALLEST_SHARE = 1e-7
"""A forest's share of churners can be 0 or 1, where log-odds are not finite."""


def write_log_odds(graph: Graph, kind: str, model: ClassifierMixin, matrix: str) -> str:
    """Log-odds of churn, shape (rows,), from the model matrix."""
    if kind == LOGISTIC:
        weights = graph.constant(model.coef_.astype(np.float64).reshape(-1, 1))
        product = graph.flat(graph.add("MatMul", matrix, weights))
        intercept = graph.constant(model.intercept_.astype(np.float64).reshape(()))
        return graph.add("Add", product, intercept)
    trees = ensemble(model.get_booster())
    summed = graph.add(
        "TreeEnsembleRegressor", matrix, domain=ML_DOMAIN, **trees.attributes()
    )
    output = graph.flat(graph.double(summed))
    return _log_odds_of_share(graph, output) if kind == FOREST else output


def _log_odds_of_share(graph: Graph, share: str) -> str:
    low, high = SMALLEST_SHARE, 1 - SMALLEST_SHARE
    kept = graph.add(
        "Clip", share, graph.constant(np.array(low)), graph.constant(np.array(high))
    )
    other = graph.add("Sub", graph.constant(np.array(1.0)), kept)
    return graph.add("Log", graph.add("Div", kept, other))


def write_calibrator(
    graph: Graph, log_odds: str, uncalibrated: str, calibration: Calibration
) -> str:
    """The calibrated probability, shape (rows,)."""
    numbers = {k: np.array(v) for k, v in calibration.parameters.items()}
    if calibration.method == "sigmoid":
        slope = graph.constant(numbers["slope"])
        intercept = graph.constant(numbers["intercept"])
        scaled = graph.add("Mul", log_odds, slope)
        return graph.add("Sigmoid", graph.add("Add", scaled, intercept))
    if calibration.method == "isotonic":
        corners = numbers["score"], numbers["probability"]
        return _straight_lines(graph, uncalibrated, *corners)
    return uncalibrated


def _straight_lines(graph: Graph, score: str, x: np.ndarray, y: np.ndarray) -> str:
    """Interpolate: ``y[0] + sum(dy * clip((score - x) / dx, 0, 1))``."""
    first = graph.constant(y[:1])
    distance = graph.add("Sub", graph.upright(score), graph.constant(x[:-1]))
    ramps = graph.add(
        "Clip",
        graph.add("Div", distance, graph.constant(np.diff(x))),
        graph.constant(np.array(0.0)),
        graph.constant(np.array(1.0)),
    )
    rises = graph.constant(np.diff(y).reshape(-1, 1))
    return graph.add("Add", graph.flat(graph.add("MatMul", ramps, rises)), first)
