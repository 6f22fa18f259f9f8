"""A fitted pipeline and its calibrator as one ONNX graph, from raw values on.

The graph is the model of record: everything downstream is computed from it, so its
agreement with scikit-learn is checked, not assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import polars as pl
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.pipeline import Pipeline

from churn.errors import BundleError, DeclarationError
from churn.features.declarations import Feature
from churn.model.calibration import Calibration
from churn.model.columns import to_table
from churn.model.graph import Graph
from churn.model.graph_matrix import MatrixColumn, write_matrix
from churn.model.graph_scores import write_calibrator, write_log_odds
from churn.model.spaces import LOGISTIC

OUTPUTS = ("probability", "uncalibrated", "matrix")
PARITY = 1e-6
"""Largest allowed difference of a probability between the graph and the pipeline."""


@dataclass(frozen=True)
class Exported:
    """The graph's bytes and the columns of its matrix."""

    graph: bytes
    columns: tuple[MatrixColumn, ...]


def export(
    kind: str, pipeline: Pipeline, features: Sequence[Feature], calibration: Calibration
) -> Exported:
    """Write the pipeline and the calibrator as one graph.

    Inputs: one tensor of shape (rows,) per feature and named like it, float32 with
    NaN for missing, or string with ``""`` for missing. Outputs: ``probability`` and
    ``uncalibrated``, float64 of shape (rows,), and ``matrix``, float32 of shape
    (rows, columns).

    Raises
    ------
    DeclarationError
        If a feature is named like an output.
    """
    _check_names(features)
    graph = Graph()
    matrix = write_matrix(graph, pipeline["prepare"], features, linear=kind == LOGISTIC)
    log_odds = write_log_odds(graph, kind, pipeline["model"], matrix.tensor)
    uncalibrated = graph.add("Sigmoid", log_odds)
    probability = write_calibrator(graph, log_odds, uncalibrated, calibration)
    graph.give(probability, "probability", TensorProto.DOUBLE)
    graph.give(uncalibrated, "uncalibrated", TensorProto.DOUBLE)
    n_columns = len(matrix.columns)
    graph.give(graph.single(matrix.tensor), "matrix", TensorProto.FLOAT, n_columns)
    return Exported(graph.to_bytes(), matrix.columns)


def probability_only(graph: bytes) -> bytes:
    """The same graph with its first output alone.

    For readers that make a table of all outputs, as MLflow's ``pyfunc`` does: a
    matrix does not fit into a column.
    """
    model = onnx.load_from_string(graph)
    del model.graph.output[1:]
    return bytes(model.SerializeToString(deterministic=True))


def check_parity(
    pipeline: Pipeline,
    frame: pl.DataFrame,
    features: Sequence[Feature],
    uncalibrated: NDArray[np.float64],
) -> float:
    """Compare the graph's scores with scikit-learn's for the same rows.

    Returns
    -------
    float
        The largest difference of a probability.

    Raises
    ------
    BundleError
        If it exceeds ``PARITY``.
    """
    expected: NDArray[Any] = pipeline.predict_proba(to_table(frame, features))[:, 1]
    worst = float(np.abs(expected - uncalibrated).max(initial=0.0))
    if not worst <= PARITY:
        raise BundleError(
            f"expected the exported graph to answer as scikit-learn within {PARITY}, "
            f"found a difference of {worst:.3g}; the export does not fit this version "
            "of the libraries"
        )
    return worst


def _check_names(features: Sequence[Feature]) -> None:
    for feature in features:
        if feature.name in OUTPUTS or feature.name.startswith("/"):
            raise DeclarationError(
                f"feature {feature.name!r}: expected a name other than "
                f"{', '.join(OUTPUTS)} and without a leading slash; rename it"
            )
