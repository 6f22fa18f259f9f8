import numpy as np
from onnx import TensorProto

from churn.model.graph import Graph
from churn.scoring.session import graph_session, run_graph


def doubling() -> Graph:
    graph = Graph()
    doubled = graph.double(graph.take("x", TensorProto.FLOAT))
    total = graph.add("Add", doubled, doubled)
    graph.give(total, "twice", TensorProto.DOUBLE)
    graph.give(graph.upright(total), "column", TensorProto.DOUBLE, 1)
    return graph


def test_a_graph_computes_what_was_added() -> None:
    session = graph_session(doubling().to_bytes(), threads=1)

    columns = {"x": np.array([1.5, -2.0], dtype=np.float32)}

    assert run_graph(session, "twice", columns).tolist() == [3.0, -4.0]
    assert run_graph(session, "column", columns).tolist() == [[3.0], [-4.0]]


def test_equal_graphs_give_equal_bytes() -> None:
    assert doubling().to_bytes() == doubling().to_bytes()
