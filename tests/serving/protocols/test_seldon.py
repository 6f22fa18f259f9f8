"""Seldon's first protocol, on its own path and on ours."""

import pytest

from storage.predictions.record import Feedback
from tests.serving.served import CUSTOMER, in_process, shop, small

NAMES = [*CUSTOMER, "customer_value", "customer_id"]
ROW = [*CUSTOMER.values(), 840.0, "anna"]
MESSAGE = {"data": {"names": NAMES, "ndarray": [ROW, ROW]}, "meta": {"puid": "p1"}}


def test_a_table_is_answered_like_customers(tmp_path):
    server = in_process(tmp_path, shop())
    body = {"customer_id": "anna", "customer_value": 840.0, "values": CUSTOMER}
    ours = server.post(body).json["predictions"][0]

    answer = server.post(MESSAGE, "/api/v1.0/predictions").json

    gained = ours["expected_net_value_eur"]
    line = [ours["probability"], gained, float(ours["decision"] == "contact")]
    assert answer["data"]["ndarray"] == [line, line]
    assert answer["data"]["names"][0] == "probability"
    assert answer["meta"] == {"puid": "p1", "tags": {"model_version": "1"}}
    assert {record.request_id for record in server.logged()[1:]} == {"p1"}
    assert {record.customer for record in server.logged()} == {"anna"}


def test_the_executors_way_to_us_is_understood(tmp_path):
    server = in_process(tmp_path, shop())

    here = server.post(MESSAGE, "/predict").json

    assert here == server.post(MESSAGE, "/api/v1.0/predictions").json


def test_columns_without_names_are_the_models_features_in_order(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    named = server.post({"data": {"names": ["tenure"], "ndarray": [[0.5]]}}).json
    plain = server.post({"data": {"ndarray": [[0.5]]}}).json

    assert plain["data"] == named["data"]
    assert plain["meta"]["tags"]["warnings"] == [["missing: customer_value"]]


def test_a_tensor_is_answered_by_a_tensor(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    tensor = {"shape": [2, 1], "values": [0.5, 1.0]}

    answer = server.post({"data": {"tensor": tensor}}).json["data"]["tensor"]

    lines = server.post({"data": {"ndarray": [[0.5], [1.0]]}}).json["data"]["ndarray"]
    assert answer == {"shape": [2, 3], "values": [*lines[0], *lines[1]]}


def test_json_data_is_our_own_language(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    body = {"customer_id": "anna", "values": {"tenure": 0.5}}

    answer = server.post({"jsonData": body, "meta": {"puid": "p2"}}).json

    assert answer["jsonData"]["predictions"] == server.post(body).json["predictions"]
    assert answer["jsonData"]["request_id"] == answer["meta"]["puid"] == "p2"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"data": {"ndarray": [[1, 2]]}}, "data.ndarray[0]"),
        ({"data": {"ndarray": []}}, "data.ndarray"),
        ({"data": {}}, "data"),
        ({"meta": {}}, "data"),
        ({"strData": "x"}, "data"),
        ({"data": {"ndarray": [["x"]]}}, "customers[0].values.tenure"),
        (
            {"data": {"names": ["tenure", "tenure"], "ndarray": [[1, 1]]}},
            "data.ndarray",
        ),
        ({"data": {"tensor": {"shape": [1, 2], "values": [1]}}}, "data.tensor.shape"),
        (
            {"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}},
            "data.tensor.shape",
        ),
        ({"data": {"tensor": {"shape": [-1, 1], "values": []}}}, "data.tensor.shape"),
        ({"data": {"tftensor": {}}}, "data.tftensor"),
        ({"jsonData": {"values": 3}}, "jsonData.values"),
        ({"jsonData": 3}, "jsonData"),
    ],
)
def test_a_message_that_cannot_be_read_names_the_field(tmp_path, message, field):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(message)

    assert answer.status in {400, 422}
    assert answer.json["field"] == field


@pytest.mark.parametrize("path", ["/api/v1.0/feedback", "/send-feedback"])
def test_feedback_is_logged_under_the_request_it_is_about(tmp_path, path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    truth = {"data": {"ndarray": [[1]]}}
    told = {"response": {"meta": {"puid": "p1"}}, "truth": truth, "reward": 0.5}

    answer = server.post(told, path)

    (record,) = server.logged()
    assert answer.status == 200
    assert isinstance(record, Feedback)
    assert (record.request_id, record.truth, record.reward) == ("p1", 1.0, 0.5)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"truth": {"data": {"ndarray": [[1]]}}}, "response.meta.puid"),
        ({"response": {"meta": {"puid": "p"}}}, "truth"),
        ({"response": {"meta": {"puid": "p"}}, "truth": {"jsonData": "x"}}, "truth"),
        (
            {"response": {"meta": {"puid": "p"}}, "truth": {"jsonData": 10**309}},
            "truth",
        ),
        (
            {
                "response": {"meta": {"puid": "p"}},
                "truth": {"data": {"ndarray": [[1, 0]]}},
            },
            "truth",
        ),
    ],
)
def test_feedback_about_nothing_is_refused(tmp_path, told, field):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(told, "/api/v1.0/feedback")

    assert answer.status == 422
    assert answer.json["field"] == field
