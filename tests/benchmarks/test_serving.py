import json
import socket
import threading
import time

import pytest

from benchmarks.serving.compared import figures
from benchmarks.serving.contenders import inference
from benchmarks.serving.prepared import Customer
from benchmarks.serving.processes import reason
from benchmarks.serving.requests import json_request
from benchmarks.serving.rounds import Round, times_as_fast, typical
from benchmarks.serving.shadow import interval, ratio
from benchmarks.serving.steady import is_complete, steady_load
from benchmarks.serving.targets import TARGETS, Figure, missed
from benchmarks.serving.wrk import lua, parsed

STALL_SECONDS = 0.2


def a_round(rate, *, half_p99_ms=1.0, n_failed=0):
    return Round(rate, 1e6 / rate, 1.0, 2.0, 0.5, half_p99_ms, n_failed)


def test_the_line_that_wrk_is_made_to_write_is_read():
    output = (
        "Running 4s test @ http://127.0.0.1:1/predict\n  1 threads\n"
        "done requests=40000 duration_us=4000000 p50_us=812 p99_us=1934 failed=3\n"
    )

    found = parsed(output)

    assert (found.requests_per_second, found.n_failed) == (10_000, 3)
    assert (found.p50_ms, found.p99_ms) == (0.812, 1.934)


def test_a_wrk_that_says_something_else_is_quoted():
    with pytest.raises(RuntimeError, match="unable to connect"):
        parsed("unable to connect to 127.0.0.1:1\n")


def test_wrk_and_the_steady_sender_send_the_same_body_and_headers():
    request = json_request("http://127.0.0.1:8/predict?x=1", {"a": "é"}, {"Key": "k"})

    told, wire = lua(request), request.wire

    head, body = wire.split(b"\r\n\r\n")
    assert json.loads(body) == {"a": "é"}
    assert f"wrk.body = [==[{body.decode()}]==]" in told
    assert 'wrk.headers["Key"] = "k"' in told
    assert head.split(b"\r\n")[:2] == [
        b"POST /predict?x=1 HTTP/1.1",
        b"Host: 127.0.0.1:8",
    ]
    assert b"Key: k" in head
    assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"content-length: 5\r\n", False),
        (b"content-length: 5\r\n\r\n1234", False),
        (b"content-length: 5\r\n\r\n12345", True),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole_when_its_last_byte_is_there(received, whole):
    assert is_complete(b"HTTP/1.1 200 OK\r\n" + received) == whole


def test_an_answer_without_a_length_is_refused():
    with pytest.raises(ValueError, match="of known length"):
        is_complete(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok")


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("a\nKeyError: 'x'\nasyncio.exceptions.CancelledError\nbye", "KeyError: 'x'"),
        ("a\n\nport in use\n\n", "port in use"),
        ("", "it said nothing"),
    ],
)
def test_a_server_that_ends_is_quoted_with_its_first_error(log, told):
    assert reason(log) == told


@pytest.fixture
def stalling_port():
    """A server that answers at once, but pauses before its tenth answer."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=answer_all, args=[listening])
        server.start()
        yield listening.getsockname()[1]
        server.join()


def answer_all(listening):
    connection = listening.accept()[0]
    for number in range(40):
        connection.recv(4096)
        time.sleep(STALL_SECONDS if number == 9 else 0)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    connection.close()


def test_all_who_were_due_while_a_server_stalled_have_waited(stalling_port):
    request = json_request(f"http://127.0.0.1:{stalling_port}/", {})

    found = steady_load(request, rate=100, seconds=0.4, connections=1)

    # Due every 10 ms: of the 20 that a stall of 200 ms meets, half wait for 100 ms.
    # A sender that waits for each answer would find but one.
    assert len(found.seconds) == 40
    assert found.seconds.max() >= STALL_SECONDS
    assert (found.seconds > 0.1).sum() >= 9
    assert found.n_failed == 0


def answer_each(listening):
    """Five connections with one answer each, the last of them cut off."""
    for number in range(5):
        connection = listening.accept()[0]
        connection.recv(4096)
        answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        connection.sendall(answer if number < 4 else answer[:-1])
        connection.close()


def test_a_server_that_hangs_up_is_called_again():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=answer_each, args=[listening])
        server.start()
        port = listening.getsockname()[1]
        request = json_request(f"http://127.0.0.1:{port}/", {})
        found = steady_load(request, rate=100, seconds=0.05, connections=2)
        server.join()

    assert (len(found.seconds), found.n_failed) == (5, 1)


def test_ratios_are_of_the_same_round():
    # 2, 4 and 3 times as fast; the ratio of the medians would be 2.
    ours = [a_round(200), a_round(40), a_round(500)]
    theirs = [a_round(100), a_round(10), a_round(500 / 3)]

    assert times_as_fast(ours, theirs) == 3


def test_a_typical_round_has_medians_and_all_failures():
    found = typical([a_round(1, n_failed=2), a_round(9), a_round(5, n_failed=1)])

    assert (found.requests_per_second, found.n_failed) == (5, 3)


def test_only_rivals_with_a_target_are_held_against_ours():
    measured = {
        "holdfast": [a_round(9000, half_p99_ms=2.5)],
        "echo": [a_round(90_000)],
        "fastapi": [a_round(300)],
    }

    found = figures(measured)

    assert {name: figure.value for name, figure in found.items()} == {
        "rate": 9000,
        "half": 2.5,
        "fastapi": 30,
    }
    assert found["fastapi"].note.startswith("30 times less")
    assert missed(found) == ["half"]


def test_without_our_server_nothing_is_compared():
    assert figures({"fastapi": [a_round(300)]}) == {}


def test_a_target_is_held_at_its_very_bound():
    bounds = {name: Figure(target.bound) for name, target in TARGETS.items()}

    assert missed(bounds) == []
    assert missed({"fastapi": Figure(19.9), "call": Figure(40.1)}) == [
        "fastapi",
        "call",
    ]


def test_the_cost_of_a_shadow_is_the_median_of_the_paired_ratios():
    without, with_one = [1.0, 2.0, 10.0], [1.1, 2.0, 30.0]

    low, high = interval(with_one, without)

    assert ratio(with_one, without) == pytest.approx(1.1)
    assert low == pytest.approx(1)
    assert high == pytest.approx(3)


def test_a_shadow_that_costs_the_same_in_every_round_leaves_no_doubt():
    assert interval([1.2, 2.4], [1.0, 2.0]) == pytest.approx((1.2, 1.2))


def test_customers_are_columns_in_the_open_inference_protocol():
    customers = [
        Customer("a", 1.0, {"plan": "basic", "age": 3}, 0.5),
        Customer("b", 1.0, {"plan": "gold", "age": 4.5}, 0.5),
    ]

    plan, age = inference(customers)["inputs"]

    assert (plan["datatype"], plan["shape"], plan["data"]) == (
        "BYTES",
        [2, 1],
        ["basic", "gold"],
    )
    assert (age["datatype"], age["data"]) == ("FP64", [3, 4.5])
