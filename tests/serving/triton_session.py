"""What an Open Inference client and Prometheus's parser make of a running server.

``python -m tests.serving.triton_session PORT KEY MODEL`` in the clients' environment;
prints what it found as JSON.
"""

import json
import sys
import urllib.request

import numpy as np
from prometheus_client.parser import text_string_to_metric_families


def main(port: str, key: str, model: str) -> None:
    """Ask for two customers, in JSON and in binary, and read the metrics."""
    import tritonclient.http as triton

    headers = {"X-API-Key": key}
    client = triton.InferenceServerClient(f"127.0.0.1:{port}")
    metadata = client.get_model_metadata(model, headers=headers)
    found = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "inputs": [one["name"] for one in metadata["inputs"]],
        "json": asked(client, model, headers, is_binary=False),
        "binary": asked(client, model, headers, is_binary=True),
        "error": refused(client, model, headers),
        "families": families(port, headers),
    }
    sys.stdout.write(json.dumps(found))


def asked(client, model: str, headers: dict, *, is_binary: bool) -> list[float]:
    """Probabilities of two customers."""
    import tritonclient.http as triton

    inputs = []
    for name, values in (
        ("tenure_days", np.array([400.0, 30.0], dtype=np.float32)),
        ("spend_cents", np.array([1234.5, np.nan if is_binary else 9.0], np.float64)),
        ("visits", np.array([2, 3], dtype=np.int64)),
        ("plan", np.array([b"plus", "größer".encode()], dtype=np.object_)),
        ("region", np.array([b"north", b"south"], dtype=np.object_)),
        ("customer_value", np.array([840.0, 100.0], dtype=np.float64)),
    ):
        kind = triton_kind(values)
        tensor = triton.InferInput(name, list(values.shape), kind)
        tensor.set_data_from_numpy(values, binary_data=is_binary)
        inputs.append(tensor)
    answer = client.infer(model, inputs, headers=headers)
    assert answer.as_numpy("decision").shape == (2,)
    return answer.as_numpy("probability").tolist()


def triton_kind(values: np.ndarray) -> str:
    """The protocol's name of a type."""
    from tritonclient.utils import np_to_triton_dtype

    return np_to_triton_dtype(values.dtype)


def refused(client, model: str, headers: dict) -> str:
    """What the client says of a feature that is none."""
    import tritonclient.http as triton

    tensor = triton.InferInput("visit", [1], "FP32")
    tensor.set_data_from_numpy(np.zeros(1, dtype=np.float32))
    try:
        client.infer(model, [tensor], headers=headers)
    except triton.InferenceServerException as error:
        return str(error)
    return ""


def families(port: str, headers: dict) -> list[str]:
    """Names of the metrics."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers=headers
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read().decode()
    return [family.name for family in text_string_to_metric_families(text)]


if __name__ == "__main__":
    main(*sys.argv[1:])
