import numpy as np
import pytest
from onnx import TensorProto

from churn.errors import BundleError
from churn.model.graph import Graph
from churn.scoring.session import BLOCK_ROWS, graph_session, run_graph


def test_blocks_are_put_together_in_order() -> None:
    graph = Graph()
    graph.give(
        graph.double(graph.take("x", TensorProto.FLOAT)), "y", TensorProto.DOUBLE
    )
    session = graph_session(graph.to_bytes(), threads=1)
    values = np.arange(BLOCK_ROWS + 3, dtype=np.float32)

    assert run_graph(session, "y", {"x": values}).tolist() == values.tolist()
    assert run_graph(session, "y", {"x": values[:0]}).tolist() == []


def test_what_is_no_graph_is_refused_in_one_line() -> None:
    with pytest.raises(BundleError, match="expected an ONNX graph") as caught:
        graph_session(b"\x00\x01", threads=1)

    assert "\n" not in str(caught.value)
