"""Builds an ONNX graph node by node, with names that never depend on chance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
ML_DOMAIN = "ai.onnx.ml"
ML_OPSET = 3
IR_VERSION = 8
ROWS = "rows"


class Graph:
    """Nodes and constants in the order they were added.

    Inner names start with a slash, which keeps them apart from feature names.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def take(self, name: str, kind: int) -> str:
        """Declare an input of shape (rows,)."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, [ROWS]))
        return name

    def give(self, value: str, name: str, kind: int, *columns: int) -> None:
        """Declare ``value`` as the output ``name`` of shape (rows, *columns)."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))
        shape: list[str | int | None] = [ROWS, *columns]
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def constant(self, values: NDArray[Any]) -> str:
        """Store an array; its dtype is the tensor's."""
        name = f"/constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def add(self, operator: str, *inputs: str, domain: str = "", **options: Any) -> str:
        """Add a node with one output and return that output's name."""
        name = f"/{operator}_{len(self._nodes)}"
        node = helper.make_node(
            operator, list(inputs), [name], name=name, domain=domain, **options
        )
        self._nodes.append(node)
        return name

    def double(self, value: str) -> str:
        """Cast to float64."""
        return self.add("Cast", value, to=TensorProto.DOUBLE)

    def single(self, value: str) -> str:
        """Cast to float32."""
        return self.add("Cast", value, to=TensorProto.FLOAT)

    def beside(self, parts: Sequence[str]) -> str:
        """Matrices of equal height, side by side."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def flat(self, value: str) -> str:
        """As shape (rows,)."""
        return self.add("Reshape", value, self.constant(np.array([-1])))

    def upright(self, value: str) -> str:
        """As shape (rows, 1)."""
        return self.add("Reshape", value, self.constant(np.array([-1, 1])))

    def pick(self, value: str, columns: Sequence[int]) -> str:
        """The given columns of a matrix."""
        return self.add("Gather", value, self.constant(np.array(columns)), axis=1)

    def to_bytes(self) -> bytes:
        """The checked model; equal graphs give equal bytes."""
        graph = helper.make_graph(
            self._nodes, "churn", self._inputs, self._outputs, self._constants
        )
        opsets = [
            helper.make_opsetid("", OPSET),
            helper.make_opsetid(ML_DOMAIN, ML_OPSET),
        ]
        model = helper.make_model(
            graph,
            opset_imports=opsets,
            ir_version=IR_VERSION,
            producer_name="holdfast",
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))
