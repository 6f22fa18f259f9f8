"""A graph for readers that hand over a table as it is, as MLflow's ``pyfunc`` does.

Such a reader casts no integer to float32 and has no ``""`` for a missing text. A
text tensor takes everything: ONNX Runtime fills it with Python's ``str`` of each
value, of which this graph makes numbers and missing values again.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from churn.model.graph import ML_DOMAIN, ROWS

TABLE = "/table"
MISSING = ("None", "nan", "NaT", "<NA>")
"""What ``str`` makes of a missing value; a category of such a name is missing too."""


def take_raw_rows(graph: bytes, names: Sequence[str]) -> bytes:
    """The same graph with one input: a table of the columns ``names``, in this order.

    Returns
    -------
    bytes
        A graph whose input has shape (rows, columns). Where a feature is a category
        it is text, and each value the ``str`` of a number, a text or a missing
        value; where all features are numbers it is float32 with NaN for missing.
    """
    model = onnx.load_from_string(graph)
    kinds = {node.name: node.type.tensor_type.elem_type for node in model.graph.input}
    kind = TensorProto.STRING if TensorProto.STRING in kinds.values() else None
    nodes: list[NodeProto] = []
    for place, name in enumerate(names):
        model.graph.initializer.append(_constant(f"/place_{place}", np.array(place)))
        nodes += _column(place, name, kinds[name]) if kind else [_pick(place, name)]
    if kind:
        model.graph.initializer.extend(
            _constant(_blank(of), np.array(blank, dtype=object))
            for of, blank in ((TensorProto.STRING, ""), (TensorProto.FLOAT, "nan"))
        )
    table = helper.make_tensor_value_info(
        TABLE, kind or TensorProto.FLOAT, [ROWS, len(names)]
    )
    _replace(model, table, nodes)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _column(place: int, name: str, kind: int) -> list[NodeProto]:
    """Nodes from the table of text to the feature ``name``."""
    cell, mark, missing = (f"/{part}_{place}" for part in ("cell", "mark", "missing"))
    nodes = [
        _pick(place, cell),
        helper.make_node(
            "LabelEncoder",
            [cell],
            [mark],
            domain=ML_DOMAIN,
            keys_strings=MISSING,
            values_int64s=[1] * len(MISSING),
            default_int64=0,
        ),
        helper.make_node("Cast", [mark], [missing], to=TensorProto.BOOL),
    ]
    if kind == TensorProto.STRING:
        return [
            *nodes,
            helper.make_node("Where", [missing, _blank(kind), cell], [name]),
        ]
    filled, exact = f"/filled_{place}", f"/exact_{place}"
    return [
        *nodes,
        helper.make_node("Where", [missing, _blank(kind), cell], [filled]),
        # Twice, to round as float64 does on its way to float32.
        helper.make_node("Cast", [filled], [exact], to=TensorProto.DOUBLE),
        helper.make_node("Cast", [exact], [name], to=TensorProto.FLOAT),
    ]


def _pick(place: int, name: str) -> NodeProto:
    return helper.make_node("Gather", [TABLE, f"/place_{place}"], [name], axis=1)


def _blank(kind: int) -> str:
    return f"/blank_{kind}"


def _constant(name: str, values: NDArray[np.generic]) -> TensorProto:
    return numpy_helper.from_array(values, name)


def _replace(
    model: onnx.ModelProto, table: onnx.ValueInfoProto, nodes: list[NodeProto]
) -> None:
    """Make ``table`` the only input, read by ``nodes`` ahead of all others."""
    nodes = [*nodes, *model.graph.node]
    del model.graph.input[:], model.graph.node[:]
    model.graph.input.append(table)
    model.graph.node.extend(nodes)
