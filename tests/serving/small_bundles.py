"""Small real bundles, some of which misbehave, but never on their golden rows.

One number goes in, ``tenure``; the log-odds are ``slope * tenure``. Beyond ``TRAP`` the
graph of a bad bundle hangs, raises, crashes its memory or is merely slow.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from onnx import TensorProto, helper

from churn.profiles import number_profile, profiles_of
from churn.scoring.inputs import DECLARED
from churn.scoring.manifest import identity
from churn.scoring.release import Mode, Release, Served
from storage.release import write_release

MODEL = "churn-small"
TRAP = 900.0
ENDLESS = 2**62
TOO_MANY = 2**40
Trap = Literal["hang", "raise", "memory"]


def small_bundle(folder: Path, slope: float, *, trap: Trap | None = None) -> Served:
    """Write a bundle that answers ``1 / (1 + exp(-slope * tenure))``."""
    folder.mkdir(parents=True)
    tenures = np.array([-3.0, -1.0, 0.0, 0.5, 2.0])
    files = {
        "model.onnx": graph(slope, trap),
        "golden.json": as_json(
            {
                "columns": {"tenure": tenures.tolist()},
                "probability": expected(slope, tenures).tolist(),
            }
        ),
        "linear.json": as_json(
            {"coefficients": [slope], "intercept": 0.0, "means": [0.0]}
        ),
        "profiles.json": profiles(slope),
    }
    manifest = manifest_of(files)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "manifest.json").write_bytes(as_json(manifest))
    return Served(str(slope), str(folder), identity(manifest))


def release_of(
    champion: Served | None,
    challenger: Served | None = None,
    *,
    sequence: int,
    mode: Mode | None = None,
    weight: float = 0.0,
    model: str = MODEL,
) -> Release:
    """A release as the ledger would write it."""
    return Release(
        model=model,
        sequence=sequence,
        ledger_hash=f"hash of {sequence}",
        champion=champion,
        challenger=challenger,
        mode=mode or ("live" if challenger is None else "shadow"),
        weight=weight,
    )


def publish(folder: Path, release: Release) -> Path:
    """Put a release where a server follows it."""
    assert write_release(release, environ={"HOLDFAST_RELEASE_URL": str(folder)})
    return folder / f"{release.model}.json"


def expected(slope: float, tenures: Any) -> Any:
    """What a bundle answers, computed apart."""
    return 1 / (1 + np.exp(-slope * np.asarray(tenures, dtype=np.float64)))


def manifest_of(files: dict[str, bytes]) -> dict[str, Any]:
    """The manifest of these files."""
    return {
        "format_version": 2,
        "dataset": "small",
        "model": {"kind": "logistic_regression"},
        "features": [
            {
                "name": "tenure",
                "kind": "number",
                "min": -3.0,
                "max": 2.0,
                "missing_share": 0.0,
                "log1p": False,
                "meaning": "How long.",
                "type": "float32",
                "unit": "years",
            }
        ],
        "columns": [{"name": "tenure", "feature": "tenure"}],
        "calibration": {"method": "none", "parameters": {}},
        "economics": {"offer_eur": 60.0, "contact_eur": 5.0, "acceptance_rate": 0.3},
        "inputs": dict(DECLARED),
        "customer_value": {"median_eur": 500.0},
        "named_fields": [],
        "files": {
            name: {
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
            }
            for name, content in files.items()
        },
    }


def graph(slope: float, trap: Trap | None) -> bytes:
    """The model, and what it does beyond the trap."""
    nodes = [
        helper.make_node("Unsqueeze", ["tenure", "one"], ["matrix"]),
        helper.make_node("Cast", ["tenure"], ["long"], to=TensorProto.DOUBLE),
        helper.make_node("Mul", ["long", "slope"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["plain"]),
        *_trapped(trap),
        helper.make_node("Add", ["plain", "extra"], ["probability"]),
        helper.make_node("Identity", ["probability"], ["uncalibrated"]),
    ]
    made = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("tenure", TensorProto.FLOAT, ["n"])],
        [
            helper.make_tensor_value_info("probability", TensorProto.DOUBLE, ["n"]),
            helper.make_tensor_value_info("uncalibrated", TensorProto.DOUBLE, ["n"]),
            helper.make_tensor_value_info("matrix", TensorProto.FLOAT, ["n", 1]),
        ],
        [
            helper.make_tensor("one", TensorProto.INT64, [1], [1]),
            helper.make_tensor("slope", TensorProto.DOUBLE, [], [slope]),
            helper.make_tensor("trap", TensorProto.FLOAT, [], [TRAP]),
            helper.make_tensor("zero", TensorProto.DOUBLE, [1], [0.0]),
            helper.make_tensor("none", TensorProto.INT64, [], [0]),
            helper.make_tensor("endless", TensorProto.INT64, [], [ENDLESS]),
            helper.make_tensor("too_many", TensorProto.INT64, [1], [TOO_MANY]),
            helper.make_tensor("first", TensorProto.INT64, [1], [1]),
            helper.make_tensor("true", TensorProto.BOOL, [], [True]),
        ],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _trapped(trap: Trap | None) -> list[onnx.NodeProto]:
    """Computes ``extra``, which is zero, unless a row is beyond the trap."""
    if trap is None:
        return [helper.make_node("Identity", ["zero"], ["extra"])]
    sprung = [
        helper.make_node("ReduceMax", ["tenure"], ["largest"], keepdims=0),
        helper.make_node("Greater", ["largest", "trap"], ["sprung"]),
    ]
    return sprung + TRAPS[trap]()


def _hang() -> list[onnx.NodeProto]:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go_on"], ["still"]),
            helper.make_node("Identity", ["carried"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.DOUBLE, [1]),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.DOUBLE, [1]),
        ],
    )
    return [
        helper.make_node("Where", ["sprung", "endless", "none"], ["turns"]),
        helper.make_node("Loop", ["turns", "true", "zero"], ["extra"], body=body),
    ]


def _raise() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Cast", ["sprung"], ["place"], to=TensorProto.INT64),
        helper.make_node("Gather", ["zero", "place"], ["found"]),
        helper.make_node("Reshape", ["found", "first"], ["extra"]),
    ]


def _memory() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Where", ["sprung", "too_many", "first"], ["shape"]),
        helper.make_node("ConstantOfShape", ["shape"], ["eaten"]),
        helper.make_node("ReduceSum", ["eaten"], ["sum"], keepdims=0),
        helper.make_node("Reshape", ["sum", "first"], ["row"]),
        helper.make_node("Cast", ["row"], ["extra"], to=TensorProto.DOUBLE),
    ]


TRAPS = {"hang": _hang, "raise": _raise, "memory": _memory}


def profiles(slope: float) -> bytes:
    """As of rows that are spread evenly."""
    tenures = np.linspace(-3, 2, 1000).astype(np.float32)
    made = profiles_of({"tenure": tenures}, expected(slope, tenures))
    return as_json(
        {
            "features": {name: vars(one) for name, one in made.features.items()},
            "score": vars(number_profile(expected(slope, tenures))),
        }
    )


def as_json(value: Any) -> bytes:
    """Bytes that are always the same."""
    return json.dumps(value, sort_keys=True).encode()
