from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

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


def test_a_graph_reads_no_file_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.zeros(4096, dtype=np.float32).tofile("secret")
    secret = TensorProto(
        name="secret",
        data_type=TensorProto.FLOAT,
        dims=[4096],
        data_location=TensorProto.EXTERNAL,
    )
    for key, value in (("location", "secret"), ("length", str(4096 * 4))):
        entry = secret.external_data.add()
        entry.key, entry.value = key, value
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [4096]) for name in "xy"
    )
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "secret"], ["y"])], "g", [x], [y], [secret]
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )

    with pytest.raises(BundleError, match="External data path"):
        graph_session(model.SerializeToString(), threads=1)


def test_a_graph_that_fails_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    graph = Graph()
    x = graph.take("x", TensorProto.FLOAT)
    graph.give(graph.double(x), "y", TensorProto.DOUBLE)

    with pytest.raises(BundleError, match="expected an ONNX graph"):
        graph_session(graph.to_bytes().replace(b"Identity", b"Ident\xe5ty"), threads=1)

    assert capfd.readouterr().out == ""
