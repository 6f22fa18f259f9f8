"""Customers who ask: what is answered, what is lost, and when they stop."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.demo.traffic import Traffic, by_version, lost, percentile_ms


class Handler(BaseHTTPRequestHandler):
    """Answers every customer but the third, on whom it fails."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Read the customer, answer."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_third = body["customer_id"] == "c3"
        told = b'{"model_version": "7"}'
        self.send_response(500 if is_third else 200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_arguments):
        """Say nothing."""


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def requests(tmp_path):
    path = tmp_path / "requests.jsonl"
    customers = ({"customer_id": f"c{n}"} for n in (1, 2, 3, 4))
    path.write_text("\n".join(map(json.dumps, customers)))
    return path


def test_each_customer_asks_in_turn_and_what_is_no_answer_is_lost(url, requests):
    traffic = Traffic.begin(url, requests, 200.0)
    try:
        traffic.wait_for(40, within_seconds=20)
    finally:
        traffic.end()

    answers = traffic.told()
    assert traffic.process.returncode == 0
    assert lost(answers) == sum(answer.status == "500" for answer in answers)
    assert abs(lost(answers) - len(answers) / 4) <= 2
    assert by_version(answers) == {"7": len(answers) - lost(answers)}
    assert percentile_ms(answers, 50) > 0


def test_where_nobody_listens_every_request_is_told_as_lost(requests):
    traffic = Traffic.begin("http://127.0.0.1:9", requests, 200.0)
    try:
        traffic.wait_for(8, within_seconds=20)
    finally:
        traffic.end()

    answers = traffic.told()
    assert lost(answers) == len(answers)
    assert {answer.status for answer in answers} == {"ConnectionRefusedError"}
    assert by_version(answers) == {}
