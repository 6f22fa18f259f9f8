"""Runs an exported graph on columns of raw values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from churn.errors import BundleError

EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path"
NOWHERE = "/dev/null"

BLOCK_ROWS = 65_536
"""Rows scored at once: bounds the memory of the calibrator's steps."""


def graph_session(graph: bytes, *, threads: int) -> onnxruntime.InferenceSession:
    """Make a graph ready to run on the CPU.

    Parameters
    ----------
    threads : int
        Within one call; more than one may change the last bits of a sum.

    Raises
    ------
    BundleError
        If the bytes are no graph that ONNX Runtime accepts.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # A graph may name files that hold its numbers; ours never does.
    options.add_session_config_entry(EXTERNAL_FOLDER, NOWHERE)
    try:
        # Its fallback would print, and try the same once more.
        return onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime's errors share no base of their own.
        first = str(error).partition("\n")[0]
        raise BundleError(f"expected an ONNX graph, found: {first}") from error


def run_graph(
    session: onnxruntime.InferenceSession,
    output: str,
    columns: Mapping[str, NDArray[Any]],
) -> NDArray[Any]:
    """One output for all rows, computed in blocks.

    Parameters
    ----------
    columns : mapping of input name to ndarray of shape (n_rows,)
        float32 with NaN for missing, or str objects with ``""`` for missing.
    """
    n_rows = len(next(iter(columns.values())))
    blocks = [
        session.run([output], {k: v[i : i + BLOCK_ROWS] for k, v in columns.items()})
        for i in range(0, max(n_rows, 1), BLOCK_ROWS)
    ]
    return np.concatenate([block[0] for block in blocks])
