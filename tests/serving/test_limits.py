"""What a request may bring, and what it is told otherwise."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.limits import check_depth, check_every_key, check_keys
from serving.problems import Problem
from serving.protocols.native import Native, _n_brackets
from tests.serving.running import asked
from tests.serving.served import CUSTOMER, in_process, shop, small

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=12,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, list | dict):
        return 0
    return 1 + max(map(depth, inner), default=0)


def n_brackets(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value
    return 1 + sum(map(n_brackets, inner)) if isinstance(value, list | dict) else 0


def n_keys(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(n_keys, value.values()))
    return sum(map(n_keys, value)) if isinstance(value, list) else 0


@given(JSON_VALUES, st.sampled_from([None, 1]), st.booleans())
def test_depth_is_counted_as_the_tree_has_it(value, indent, is_ascii):
    body = json.dumps(value, indent=indent, ensure_ascii=is_ascii).encode()

    check_depth(body, max(depth(value), 1))
    if depth(value) > 1:
        with pytest.raises(Problem):
            check_depth(body, depth(value) - 1)


@given(JSON_VALUES, st.sampled_from([(",", ":"), (", ", " : "), (",", "\n:")]))
def test_keys_named_once_are_taken_however_they_are_written(value, separators):
    body = json.dumps(value, separators=separators).encode()

    check_keys(body, n_keys(value))
    check_every_key(body)


@pytest.mark.parametrize(
    "body",
    [
        '{"values":{"tenure":1,"tenure":2}}',
        '{"values":{"tenure" :1,"ten\\u0075re":2}}',
        '{"customer_id":"a:b","customer_id":"c","values":{}}',
        '{"values":{"tenure":1},"values":{"tenure":1}}',
        '{"customers":[{"values":{}},{"values":{"tenure":1,"tenure":1}}]}',
        '{"customer_value":null,"customer_value":3,"values":{}}',
        '{"data":{"ndarray":[[1]],"ndarray":[[2]]}}',
    ],
)
def test_a_key_named_twice_is_refused_by_its_name(tmp_path, body):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(body.encode())

    assert answer.status == 400
    assert "found it twice" in answer.json["detail"]
    assert answer.json["field"] in body.replace("\\u0075", "u")


@pytest.mark.parametrize(("depth", "status"), [(10, 422), (17, 400)])
def test_one_customer_of_many_may_not_be_nested_deeper(tmp_path, depth, status):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    usual = [{"customer_value": 1, "values": {"tenure": 1}}] * 50
    nested = json.loads("[" * depth + "]" * depth)

    answer = server.post({"customers": [*usual, {"values": {"tenure": nested}}]})

    assert answer.status == status
    assert ("levels" in answer.json["detail"]) == (status == 400)


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"customer_id": st.text(min_size=1), "values": st.just({})}
        )
    )
)
def test_what_a_parser_found_are_as_many_as_brackets(customers):
    body = {"customers": customers}

    known = _n_brackets(msgspec.convert(body, Native))

    assert known == n_brackets(body)


def test_colons_in_texts_are_no_keys(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post({"customer_id": '":":a:', "values": {"tenure": 1}})

    assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"[]", 400, None),
        (b"null", 400, None),
        (b"{", 400, None),
        (b'{"values":{"tenure_days":NaN}}', 400, None),
        (b'{"values":{"tenure_days":Infinity}}', 400, None),
        (b'{"values":{"tenure_days":1e400}}', 400, "values[...]"),
        (b'{"values":{"tenure_days":1e39}}', 422, "values.tenure_days"),
        (b'{"values":{"tenure_days":' + b"9" * 400 + b"}}", 422, "values.tenure_days"),
        (b'{"values":{"tenure_days":"x"}}', 422, "values.tenure_days"),
        (b'{"values":{"tenure_days":true}}', 422, "values.tenure_days"),
        (b'{"values":{"tenure_days":[1]}}', 422, "values.tenure_days"),
        (b'{"values":{"plan":3}}', 422, "values.plan"),
        (b'{"values":{"plan":"a\\u0000b"}}', 422, "values.plan"),
        (b'{"values":{"tenure":3}}', 422, "values.tenure"),
        (b'{"values":3}', 400, "values"),
        (b'{"value":{}}', 400, "value"),
        (b'{"customers":[{"id":"a"}]}', 400, "customers[0].id"),
        (b'{"customer_id":"\xff","values":{}}', 400, None),
        (b'{"customer_id":"\\ud800","values":{}}', 400, None),
        (b'{"customer_id":"","values":{}}', 400, "customer_id"),
        (b'{"customer_id":3,"values":{}}', 400, "customer_id"),
        (b'{"customer_value":-1,"values":{}}', 400, "customer_value"),
        (b'{"customer_value":"1","values":{}}', 400, "customer_value"),
        (b'{"customers":[]}', 422, "customers"),
        (b'{"customers":[{"values":{}},{"values":4}]}', 400, "customers[1].values"),
        (b'{"customers":[{"customer_id":"a"}]}', 422, "customers[0].values"),
        (b'{"customers":[{"values":{}}],"values":{}}', 422, None),
        (b"{}", 422, "values"),
        (b'{"values":{"plan":' + b"[" * 90_000 + b"]" * 90_000 + b"}}", 400, None),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(tmp_path, body, status, field):
    server = in_process(tmp_path, shop())

    answer = server.post(body)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json.get("field") == field
    assert server.logged() == []


def test_the_nearest_feature_is_named(tmp_path):
    server = in_process(tmp_path, shop())

    answer = server.post({"customer_value": 1, "values": CUSTOMER | {"plans": "x"}})

    assert "nearest is plan" in answer.json["detail"]


def test_deep_json_is_refused_where_any_may_stand(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    deep = b'{"data":{"ndarray":[[1]]},"meta":{"tags":' + b"[" * 20 + b"]" * 20 + b"}}"

    answer = server.post(deep)

    assert answer.status == 400
    assert "16 levels" in answer.json["detail"]


def test_too_many_customers_are_refused(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    customers = [{"values": {"tenure": 1}}] * 100_000

    answer = server.post({"customers": customers})

    assert answer.status == 413
    assert "at most 10000, found 100000" in answer.json["detail"]


def test_too_long_a_body_is_refused(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0), most_body_bytes=1024)

    assert server.post(b" " * 1025).status == 413
    assert server.post(asked(0.5)).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/plain"}, {"content-encoding": "gzip"}],
)
def test_a_body_of_another_type_is_refused(tmp_path, headers):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    assert server.post(asked(0.5), **headers).status == 415


def test_a_type_with_a_charset_is_json(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    found = server.post(asked(0.5), **{"content-type": "Application/JSON; charset=x"})

    assert found.status == 200


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    return in_process(tmp_path_factory.mktemp("fuzzed"), shop())


PATHS = st.sampled_from(
    [
        "/predict",
        "/predict?reasons=2",
        "/api/v1.0/predictions",
        "/api/v1.0/feedback",
        "/v2/models/churn-small/infer",
    ]
)
NUMBERS = st.floats() | st.integers() | st.integers(10**300, 10**320)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=6)
NAMED = st.sampled_from([*CUSTOMER, "customer_id", "customer_value", "x"])
VALUES = st.dictionaries(NAMED, SCALARS | st.lists(SCALARS, max_size=2), max_size=7)
CUSTOMERS = st.fixed_dictionaries(
    {},
    optional={"customer_id": SCALARS, "customer_value": SCALARS, "values": VALUES},
)
TENSORS = st.fixed_dictionaries(
    {"name": NAMED, "shape": st.lists(st.integers(-1, 3), max_size=3)},
    optional={
        "datatype": st.sampled_from(["BYTES", "FP32", "BOOL", "X"]),
        "data": st.lists(SCALARS | st.lists(SCALARS, max_size=1), max_size=3),
        "parameters": st.just({"binary_data_size": 3}) | SCALARS,
    },
)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "names": st.lists(NAMED, max_size=6),
        "ndarray": st.lists(st.lists(SCALARS, max_size=6), max_size=3),
        "tensor": st.fixed_dictionaries(
            {
                "shape": st.lists(st.integers(-2, 6), max_size=3),
                "values": st.lists(NUMBERS, max_size=12),
            }
        ),
    },
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "data": TABLES,
        "jsonData": CUSTOMERS | SCALARS,
        "meta": st.just({"puid": "p"}) | SCALARS,
    },
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.one_of(
        CUSTOMERS,
        st.fixed_dictionaries({"customers": st.lists(CUSTOMERS, max_size=3)}),
        MESSAGES,
        st.fixed_dictionaries({"inputs": st.lists(TENSORS, max_size=3)}),
        st.fixed_dictionaries(
            {"response": MESSAGES, "truth": MESSAGES, "reward": SCALARS}
        ),
        JSON_VALUES,
    ).map(lambda body: json.dumps(body).encode()),
)


@settings(max_examples=400, deadline=None)
@given(path=PATHS, body=BODIES)
def test_no_body_makes_the_server_fail(server, path, body):
    answer = server.post(body, path)

    assert answer.status == 200 or 400 <= answer.status < 500
    assert isinstance(json.loads(answer.content), dict)


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "DELETE", "TRACE"]),
    path=st.text(max_size=20).map(lambda text: "/" + text.replace("?", ""))
    | st.sampled_from(["/release", "/v2/models/churn-small/versions", "/v2/models"]),
    query=st.text(st.characters(codec="ascii"), max_size=12),
)
def test_no_address_makes_the_server_fail(server, method, path, query):
    answer = server.ask(method, f"{path}?{query}", b"{}")

    assert answer.status < 500
