"""A record is one line, the same when it is read again; a key names customers."""

import hashlib
import hmac
import json
import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.errors import ConfigError
from storage.predictions.record import (
    CUSTOMER_KEY,
    BadLineError,
    CustomerHash,
    Feedback,
    Prediction,
    decode,
    encode,
)
from tests.storage.predictions.records import feedback, prediction, shadow_score

SECRET = "s3cr3t-of-a-customer"  # noqa: S105 (must not show)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.integers(0, 2**31 - 1)
PREDICTIONS = st.builds(
    Prediction,
    request_id=TEXT,
    row=COUNT,
    at_us=st.integers(0, 10**16),
    customer=st.none() | TEXT,
    values=st.dictionaries(
        TEXT, st.none() | TEXT | NUMBER | st.booleans() | st.integers(-(2**63), 2**63)
    ),
    probability=st.floats(0, 1),
    is_contacted=st.booleans(),
    version=TEXT,
    sequence=COUNT,
    arm=st.sampled_from(["champion", "challenger"]),
    latency_us=COUNT,
    snapshot_date=st.none() | st.dates(),
    customer_value=st.none() | NUMBER,
    failed=st.none() | TEXT,
    warnings=st.lists(TEXT).map(tuple),
)


@settings(max_examples=50)
@given(st.lists(PREDICTIONS, max_size=5))
def test_records_are_one_line_each_and_come_back_equal(records):
    content = encode(records)

    lines = content.split(b"\n")
    assert lines.pop() == b""
    assert [decode(line) for line in lines] == records


def test_each_kind_tells_itself():
    records = [prediction(), shadow_score(), feedback()]

    lines = encode(records).splitlines()

    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds == ["prediction", "shadow", "feedback"]
    assert [decode(line) for line in lines] == records


def test_what_is_absent_takes_no_space_and_nan_is_null():
    line = encode([feedback(customer=None, truth=math.nan)])

    assert line == (
        b'{"kind":"feedback","request_id":"r1","at_us":1763000000000000,"truth":null}\n'
    )


def test_a_field_of_a_newer_server_is_passed_over():
    line = encode([feedback()])[:-2] + b',"newer":{"a":[1]}}'

    assert decode(line) == feedback()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"kind":"' + SECRET.encode() + b'"}', "unknown kind"),
        (encode([feedback(SECRET)])[:-4], "truncated"),
        (encode([prediction(SECRET, probability=1.5)]), "probability"),
        (encode([prediction(SECRET, row=-1)]), "row"),
        (encode([prediction(SECRET, at_us=10**18)]), "at_us"),
        (encode([prediction(SECRET, values={"a": [SECRET]})]), "values"),
        (encode([prediction(SECRET, customer_value=SECRET)]), "customer_value"),
        (encode([feedback("é" + SECRET)]).replace("é".encode(), b"\xff"), "UTF-8"),
        (b'{"kind":"feedback","x":' + b'{"x":' * 10**5 + b"}" * 10**5, "deeply"),
    ],
)
def test_a_line_that_is_no_record_is_told_without_quoting_it(line: bytes, told: str):
    with pytest.raises(BadLineError, match=told) as caught:
        decode(line)

    shown = [caught.value, caught.value.__cause__]
    assert SECRET not in repr(shown)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_customer_is_named_by_an_hmac_of_the_id(tmp_path):
    key = b"k" * 32
    (tmp_path / "key").write_bytes(key + b"\n")

    by_file = CustomerHash.of({CUSTOMER_KEY: f"file:{tmp_path}/key"})
    by_variable = CustomerHash.of({CUSTOMER_KEY: "env:KEY", "KEY": key.decode()})

    expected = hmac.new(key, b"c\xc3\xa91", hashlib.sha256).hexdigest()[:32]
    assert by_file.name("cé1") == by_variable.name("cé1") == expected


def test_without_a_key_a_customer_is_named_by_the_id():
    assert CustomerHash.of({}).name("c1") == "c1"


@pytest.mark.parametrize(
    "reference", ["env:ABSENT", "file:/nowhere/key", SECRET * 2, "env:SHORT", "env:"]
)
def test_a_key_that_cannot_be_used_is_refused_without_showing_it(reference: str):
    environ = {CUSTOMER_KEY: reference, "SHORT": "hunter2"}

    with pytest.raises(ConfigError, match=CUSTOMER_KEY) as caught:
        CustomerHash.of(environ)

    assert SECRET not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_day_is_written_as_a_day():
    line = encode([prediction(snapshot_date=date(2025, 1, 2))])

    assert json.loads(line)["snapshot_date"] == "2025-01-02"


def test_feedback_needs_no_more_than_the_request():
    assert decode(b'{"kind":"feedback","request_id":"r","at_us":5}') == Feedback(
        request_id="r", at_us=5
    )
