"""Writes the fitted preparation into a graph: raw values to the model matrix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from churn.features.declarations import Feature
from churn.model.graph import ML_DOMAIN, Graph


@dataclass(frozen=True)
class MatrixColumn:
    """A column of the model matrix and the raw feature it comes from."""

    name: str
    feature: str


@dataclass(frozen=True)
class GraphMatrix:
    """The tensor that holds the matrix, and its columns in order."""

    tensor: str
    columns: tuple[MatrixColumn, ...]


def write_matrix(
    graph: Graph,
    prepare: ColumnTransformer,
    features: Sequence[Feature],
    *,
    linear: bool,
) -> GraphMatrix:
    """Declare the inputs, then prepare numbers and categories as the pipeline does.

    The tensor is float64 for the linear pipeline and float32 for trees.
    """
    for feature in features:
        is_text = feature.kind == "category"
        graph.take(feature.name, TensorProto.STRING if is_text else TensorProto.FLOAT)
    numbers = [f.name for f in features if f.kind == "number"]
    categories = [f.name for f in features if f.kind == "category"]
    steps = prepare.named_transformers_
    parts: list[GraphMatrix] = []
    if numbers and linear:
        parts.append(_linear_numbers(graph, steps["numbers"], numbers))
    elif numbers:
        parts.append(_raw_numbers(graph, numbers))
    if categories:
        encoded = _one_hot(graph, steps["categories"], categories)
        tensor = graph.double(encoded.tensor) if linear else encoded.tensor
        parts.append(GraphMatrix(tensor, encoded.columns))
    columns = tuple(column for part in parts for column in part.columns)
    return GraphMatrix(graph.beside([part.tensor for part in parts]), columns)


def _raw_numbers(graph: Graph, names: Sequence[str]) -> GraphMatrix:
    tensor = graph.beside([graph.upright(name) for name in names])
    return GraphMatrix(tensor, tuple(MatrixColumn(name, name) for name in names))


def _linear_numbers(
    graph: Graph, fitted: Pipeline, names: Sequence[str]
) -> GraphMatrix:
    """Fill, flag what was missing, append log(1 + x), standardise."""
    raw = graph.double(_raw_numbers(graph, names).tensor)
    imputer = fitted["impute"]
    is_missing = graph.add("IsNaN", raw)
    medians = graph.constant(imputer.statistics_)
    filled = graph.add("Where", is_missing, medians, raw)
    parts, columns = [filled], [MatrixColumn(name, name) for name in names]
    flagged = imputer.indicator_.features_
    if len(flagged):
        flags = graph.double(is_missing)
        parts.append(graph.pick(flags, flagged))
        columns += [MatrixColumn(f"{names[i]} is missing", names[i]) for i in flagged]
    logged = fitted["log1p"].kw_args["columns"]
    if logged:
        parts.append(_log1p(graph, graph.pick(filled, logged)))
        columns += [MatrixColumn(f"log1p({names[i]})", names[i]) for i in logged]
    centred = graph.add(
        "Sub", graph.beside(parts), graph.constant(fitted["scale"].mean_)
    )
    scaled = graph.add("Div", centred, graph.constant(fitted["scale"].scale_))
    return GraphMatrix(scaled, tuple(columns))


def _log1p(graph: Graph, value: str) -> str:
    not_negative = graph.add("Max", value, graph.constant(np.array(0.0)))
    return graph.add(
        "Log", graph.add("Add", not_negative, graph.constant(np.array(1.0)))
    )


def _one_hot(graph: Graph, encoder: OneHotEncoder, names: Sequence[str]) -> GraphMatrix:
    """One column per category seen in training; an unseen one is all zeros."""
    tensors, columns = [], []
    for name, categories in zip(names, encoder.categories_, strict=True):
        seen = [str(category) for category in categories]
        tensors.append(
            graph.add(
                "OneHotEncoder", name, domain=ML_DOMAIN, cats_strings=seen, zeros=1
            )
        )
        columns += [MatrixColumn(f"{name}={category}", name) for category in seen]
    return GraphMatrix(graph.beside(tensors), tuple(columns))
