"""The Open Inference Protocol, version 2, over REST: one tensor a feature."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from serving.limits import check_depth, check_every_key
from serving.metrics import DECISIONS
from serving.problems import Problem, unreadable
from serving.protocols.tables import CUSTOMER_ID, CUSTOMER_VALUE, RequestId, rows_of
from serving.scoring import Row, Scored
from serving.worker import Served

NAME, VERSION = "holdfast", "2"
PLATFORM = "onnx_onnxv1"
JSON_LENGTH = b"inference-header-content-length"
"""Says where the JSON ends and tensors in binary begin, which tritonclient sends."""

NUMPY = {
    "BOOL": "?",
    "UINT8": "u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
Datatype = Literal[
    "BOOL",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "FP16",
    "FP32",
    "FP64",
    "BYTES",
]
OUTPUTS = {
    "probability": "FP64",
    "decision": "BYTES",
    "expected_net_value_eur": "FP64",
    "model_version": "BYTES",
    "warnings": "BYTES",
}


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """One feature of all rows, or their ``customer_id`` or ``customer_value``."""

    name: str
    shape: list[int]
    datatype: Datatype
    parameters: dict[str, Any] = {}
    data: list[Any] | None = None


class Output(msgspec.Struct, forbid_unknown_fields=True):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] = {}


class Inference(msgspec.Struct, forbid_unknown_fields=True):
    """A request for inference."""

    inputs: list[Input]
    id: RequestId | None = None
    parameters: dict[str, Any] = {}
    outputs: list[Output] | None = None


_decoder = msgspec.json.Decoder(Inference)


def read(content: bytes, length: bytes | None, *, most_depth: int) -> Inference:
    """The request that was posted; its binary tensors as data like the others.

    Raises
    ------
    Problem
    """
    text, rest = _parts(content, length)
    try:
        inference = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None
    check_depth(text, most_depth)
    check_every_key(text)
    _check_outputs(inference)
    for place, tensor in enumerate(inference.inputs):
        rest = _filled(tensor, rest, f"inputs[{place}]")
    if rest:
        raise Problem(400, f"expected no more binary data, found {len(rest)} bytes")
    return inference


def rows(inference: Inference, *, most_rows: int) -> list[Row]:
    """The rows of a request.

    Raises
    ------
    Problem
    """
    columns = [_column(t, f"inputs[{i}]") for i, t in enumerate(inference.inputs)]
    if not columns or len({len(column) for column in columns}) > 1:
        raise Problem(
            422, "expected one tensor a feature, all of one length", field="inputs"
        )
    names = [tensor.name for tensor in inference.inputs]
    table = list(zip(*columns, strict=True))
    return rows_of(names, table, field="inputs", most_rows=most_rows)


def answer(
    inference: Inference, served: Served, found: Sequence[Scored], *, request_id: str
) -> Mapping[str, Any]:
    """The outputs asked for, or all; the version only where it is the same for all."""
    columns = {
        "probability": [one.probability for one in found],
        "decision": [DECISIONS[one.is_contacted] for one in found],
        "expected_net_value_eur": [one.expected_net_value_eur for one in found],
        "model_version": [one.version for one in found],
        "warnings": ["; ".join(one.warnings) for one in found],
    }
    asked = inference.outputs or [Output(name) for name in OUTPUTS]
    versions = {one.version for one in found}
    return {
        "model_name": served.model,
        **({"model_version": versions.pop()} if len(versions) == 1 else {}),
        "id": request_id,
        "outputs": [
            {
                "name": output.name,
                "shape": [len(found)],
                "datatype": OUTPUTS[output.name],
                "data": columns[output.name],
            }
            for output in asked
        ],
    }


def server_metadata() -> Mapping[str, Any]:
    """What answers."""
    return {"name": NAME, "version": VERSION, "extensions": []}


def model_metadata(served: Served) -> Mapping[str, Any]:
    """Inputs and outputs of the model that is served."""
    loaded = served.champion
    inputs = [
        *({"name": n.name, "datatype": "FP32"} for n in loaded.inputs.numbers),
        *({"name": c.name, "datatype": "BYTES"} for c in loaded.inputs.categories),
        {"name": CUSTOMER_ID, "datatype": "BYTES"},
        {"name": CUSTOMER_VALUE, "datatype": "FP64"},
    ]
    outputs = [{"name": n, "datatype": datatype} for n, datatype in OUTPUTS.items()]
    return {
        "name": served.model,
        "versions": [loaded.version],
        "platform": PLATFORM,
        "inputs": [one | {"shape": [-1]} for one in inputs],
        "outputs": [one | {"shape": [-1]} for one in outputs],
    }


def _parts(content: bytes, length: bytes | None) -> tuple[bytes, bytes]:
    if length is None:
        return content, b""
    is_number = length.isdigit() and len(length) < len("1" * 12)
    if not is_number or int(length) > len(content):
        raise Problem(
            400,
            f"expected at most {len(content)} bytes of JSON",
            field="Inference-Header-Content-Length",
        )
    return content[: int(length)], content[int(length) :]


def _filled(tensor: Input, rest: bytes, field: str) -> bytes:
    """Take a tensor's binary data, if it has some; what remains for the others."""
    n_bytes = tensor.parameters.get("binary_data_size")
    if n_bytes is None:
        if tensor.data is None:
            raise Problem(422, "expected data", field=f"{field}.data")
        return rest
    if type(n_bytes) is not int or not 0 <= n_bytes <= len(rest):
        raise Problem(
            422,
            f"expected at most the {len(rest)} bytes that follow",
            field=f"{field}.parameters.binary_data_size",
        )
    if tensor.data is not None:
        raise Problem(422, "expected either data or binary data", field=f"{field}.data")
    try:
        tensor.data = _unpacked(tensor.datatype, rest[:n_bytes])
    except (ValueError, struct.error):
        # A UnicodeDecodeError is a ValueError.
        raise Problem(
            422, f"expected {tensor.datatype} in binary", field=field
        ) from None
    return rest[n_bytes:]


def _unpacked(datatype: Datatype, content: bytes) -> list[Any]:
    if datatype == "BYTES":
        return list(_texts(content))
    numbers = np.frombuffer(content, dtype=NUMPY[datatype]).tolist()
    # A number that is none stands for a missing one.
    return [None if number != number else number for number in numbers]  # noqa: PLR0124


def _texts(content: bytes) -> Iterator[str]:
    start = 0
    while start < len(content):
        (length,) = struct.unpack_from("<I", content, start)
        start += 4
        if start + length > len(content):
            raise ValueError
        yield content[start : start + length].decode()
        start += length


def _column(tensor: Input, field: str) -> list[Any]:
    """The values of a tensor of one value a row, nested or not."""
    data = tensor.data or []
    flat = [v[0] if isinstance(v, list) and len(v) == 1 else v for v in data]
    n_rows = tensor.shape[0] if tensor.shape else 0
    if tensor.shape not in ([n_rows], [n_rows, 1]) or n_rows != len(flat):
        raise Problem(
            422,
            f"expected the shape [{len(flat)}] of its data, found {tensor.shape[:8]}",
            field=f"{field}.shape",
        )
    return flat


def _check_outputs(inference: Inference) -> None:
    for place, output in enumerate(inference.outputs or ()):
        if output.name not in OUTPUTS:
            raise Problem(
                422,
                f"expected one of {', '.join(OUTPUTS)}",
                field=f"outputs[{place}].name",
            )
