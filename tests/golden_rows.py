"""Scores a bundle's golden rows with nothing of ours, as a second opinion."""

import json
from pathlib import Path

import numpy as np
import onnxruntime

TOLERANCE = 1e-6


def answers_as_promised(folder: Path) -> bool:
    """Whether the folder's graph gives its golden rows the stored probabilities."""
    golden = json.loads((folder / "golden.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        folder / "model.onnx", options, providers=["CPUExecutionProvider"]
    )
    inputs = {}
    for node in session.get_inputs():
        values = golden["columns"][node.name]
        if node.type == "tensor(string)":
            inputs[node.name] = np.array([v or "" for v in values], dtype=object)
        else:
            inputs[node.name] = np.array(values, dtype=np.float32)
    found = session.run(["probability"], inputs)[0]
    distance = np.abs(found - np.array(golden["probability"], dtype=np.float64))
    return len(distance) > 0 and bool((distance <= TOLERANCE).all())
