"""The Open Inference Protocol: tensors of one feature each, in JSON or binary."""

import json
import struct

import numpy as np
import pytest

from tests.serving.served import CUSTOMER, in_process, shop, small
from tests.serving.small_bundles import MODEL

PATH = f"/v2/models/{MODEL}/infer"


def tensor(name, *values):
    datatype = "BYTES" if isinstance(values[0], str) else "FP64"
    shape = [len(values)]
    return {"name": name, "shape": shape, "datatype": datatype, "data": list(values)}


def outputs(answer):
    return {output["name"]: output["data"] for output in answer.json["outputs"]}


def test_tensors_are_answered_like_customers(tmp_path):
    server = in_process(tmp_path, shop())
    body = {"customer_id": "anna", "customer_value": 840.0, "values": CUSTOMER}
    ours = server.post(body).json["predictions"][0]
    named = [tensor(name, value, value) for name, value in CUSTOMER.items()]
    about = [tensor("customer_value", 840.0, 840.0), tensor("customer_id", "a", "b")]

    answer = server.post({"id": "q7", "inputs": [*named, *about]}, PATH)

    found = outputs(answer)
    assert (answer.json["id"], answer.json["model_version"]) == ("q7", "1")
    assert found["probability"] == [ours["probability"]] * 2
    assert found["decision"] == [ours["decision"]] * 2
    assert found["expected_net_value_eur"] == [ours["expected_net_value_eur"]] * 2
    assert [record.customer for record in server.logged()[1:]] == ["a", "b"]


def test_only_the_outputs_asked_for_are_given(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    body = {"inputs": [tensor("tenure", 5.0)], "outputs": [{"name": "warnings"}]}

    answer = server.post(body, PATH)

    assert outputs(answer) == {
        "warnings": ["missing: customer_value; out_of_range: tenure"]
    }


def test_binary_tensors_are_read_as_the_json_says(tmp_path):
    server = in_process(tmp_path, shop())
    body = {"customer_value": 840.0, "values": CUSTOMER | {"visits": None}}
    ours = server.post(body).json["predictions"][0]
    parts, heads = [], []
    for name, value in (body["values"] | {"customer_value": 840.0}).items():
        if isinstance(value, str):
            text = value.encode()
            part, datatype = struct.pack("<I", len(text)) + text, "BYTES"
        else:
            number = np.nan if value is None else value
            part, datatype = np.array([number], dtype="<f4").tobytes(), "FP32"
        parts.append(part)
        heads.append(
            {
                "name": name,
                "shape": [1, 1],
                "datatype": datatype,
                "parameters": {"binary_data_size": len(part)},
            }
        )
    text = json.dumps({"inputs": heads}).encode()

    answer = server.post(
        text + b"".join(parts),
        PATH,
        **{
            "content-type": "application/octet-stream",
            "inference-header-content-length": str(len(text)),
        },
    )

    assert outputs(answer)["probability"] == [ours["probability"]]


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ([], "inputs"),
        ([tensor("tenure", 1.0), tensor("x", 1.0, 2.0)], "inputs"),
        ([tensor("tenure", 1.0) | {"shape": [2]}], "inputs[0].shape"),
        ([tensor("tenure", 1.0) | {"shape": []}], "inputs[0].shape"),
        ([tensor("tenure", 1.0) | {"datatype": "FP8"}], "inputs[0].datatype"),
        ([tensor("tenure", "x")], "customers[0].values.tenure"),
        ([tensor("tenor", 1.0)], "customers[0].values.tenor"),
        (
            [{k: v for k, v in tensor("tenure", 1.0).items() if k != "data"}],
            "inputs[0].data",
        ),
        (
            [tensor("tenure", 1.0) | {"parameters": {"binary_data_size": 4}}],
            "inputs[0].parameters.binary_data_size",
        ),
    ],
)
def test_tensors_that_cannot_be_read_name_the_field(tmp_path, inputs, field):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post({"inputs": inputs}, PATH)

    assert answer.status in {400, 422}
    assert answer.json["field"] == field
    assert answer.json["error"] == answer.json["detail"]


@pytest.mark.parametrize(
    "content", [b"\xff" * 7, struct.pack("<I", 99) + b"abc", b"\x01\0\0\0\xff"]
)
def test_binary_that_is_none_is_refused(tmp_path, content):
    server = in_process(tmp_path, shop())
    size = {"binary_data_size": len(content)}
    head = {"name": "plan", "shape": [1], "datatype": "BYTES", "parameters": size}
    text = json.dumps({"inputs": [head]}).encode()
    length = {"inference-header-content-length": str(len(text))}

    answer = server.post(text + content, PATH, **length)

    assert answer.status == 422
    assert answer.json["detail"] == "expected BYTES in binary"
    assert server.post(text + content, PATH).status == 400


def test_more_binary_than_was_told_is_refused(tmp_path):
    server = in_process(tmp_path, shop())
    text = json.dumps({"inputs": [tensor("visits", 1.0)]}).encode()
    length = {"inference-header-content-length": str(len(text))}

    assert server.post(text + b"more", PATH, **length).status == 400


def test_model_and_server_describe_themselves(tmp_path):
    server = in_process(tmp_path, shop())

    model = server.ask("GET", f"/v2/models/{MODEL}", b"").json

    kinds = {one["name"]: one["datatype"] for one in model["inputs"]}
    assert (model["name"], model["versions"]) == (MODEL, ["1"])
    assert kinds["plan"] == "BYTES"
    assert kinds["visits"] == "FP32"
    assert server.ask("GET", "/v2", b"").json["name"] == "holdfast"
    for path in ("/v2/health/live", "/v2/health/ready", f"/v2/models/{MODEL}/ready"):
        assert server.ask("GET", path, b"").status == 200


def test_only_this_model_and_version_are_there(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    body = {"inputs": [tensor("tenure", 1.0)]}

    assert server.post(body, f"/v2/models/{MODEL}/versions/1.0/infer").status == 200
    assert server.post(body, f"/v2/models/{MODEL}/versions/2.0/infer").status == 404
    assert server.post(body, "/v2/models/another/infer").status == 404
    assert server.post(body, f"/v2/models/{MODEL}/explain").status == 404


def test_who_names_the_champions_version_is_no_canary(tmp_path):
    bundles = small(tmp_path, 1.0), small(tmp_path, 2.0)
    server = in_process(tmp_path, *bundles, weight=1.0)
    body = {"inputs": [tensor("tenure", 1.0)]}

    drawn = server.post(body, PATH).json
    named = server.post(body, f"/v2/models/{MODEL}/versions/1.0/infer").json

    assert (drawn["model_version"], named["model_version"]) == ("2.0", "1.0")
