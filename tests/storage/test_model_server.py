"""Asking a model server: a real one of two lines, that answers what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from churn.errors import ConfigError
from storage.model_server import ModelServer, ServerError, asked


class Told(ThreadingHTTPServer):
    """What it answers, by path, the last of it again and again; and who asked."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.keys = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.keys.append(self.headers.get("X-API-Key"))
        told = self.server.answers[self.path]
        answer = told.pop(0) if len(told) > 1 else told[0]
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200 if answer else 503)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


@contextmanager
def server(**answers) -> Iterator[Told]:
    told = Told({f"/{path}": list(answer) for path, answer in answers.items()})
    threading.Thread(target=told.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield told
    finally:
        told.shutdown()
        told.server_close()


def serving(version: str, sequence: int, **more):
    return {
        "serving": {"sequence": sequence, "champion": {"version": version}},
        "vetoes": [],
        **more,
    }


def predicted(*versions: str):
    return {"predictions": [{"model_version": v, "probability": 0.5} for v in versions]}


def test_rows_are_answered_once_every_worker_serves_the_version():
    releases = [serving("1", 6), serving("2", 6), serving("2", 7)]
    answers = [predicted("2", "1"), predicted("2", "2")]
    with server(release=releases, predict=answers) as told:
        model_server = ModelServer.at(told.url, {})

        found = asked(model_server, 5.0, [{}, {}], "2", 7)

    assert found == [0.5, 0.5]


@pytest.mark.parametrize(("version", "sequence"), [("1", 7), ("2", 6)])
def test_a_server_that_does_not_follow_in_time_is_told_in_one_line(version, sequence):
    with server(release=[serving(version, sequence)]) as told:
        model_server = ModelServer.at(told.url, {})
        found = f"found version {version} of event {sequence}"
        line = f"after 0 s: .*expected version 2 of event 7, {found}"

        with pytest.raises(ServerError, match=line):
            asked(model_server, 0.0, [], "2", 7)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ({}, "/release: answered 503"),
        (b"[1]", "/release: expected an object"),
        (b"{", "/release: "),
    ],
)
def test_what_is_no_answer_is_one_line(answer, line):
    with (
        server(release=[answer]) as told,
        pytest.raises(ServerError, match=line) as error,
    ):
        ModelServer.at(told.url, {}).release()

    assert "\n" not in str(error.value)


def test_nobody_there_is_one_line_too():
    with server() as told:
        url = told.url

    with pytest.raises(ServerError, match="Connection refused"):
        ModelServer.at(url, {}).release()
    with pytest.raises(ServerError, match="expected http://"):
        ModelServer.at("file:///etc", {}).release()


def test_predictions_that_are_none_are_refused():
    with (
        server(predict=[{"predictions": [{"probability": "x"}]}]) as told,
        pytest.raises(ServerError, match="expected predictions"),
    ):
        ModelServer.at(told.url, {}).probabilities([{}], "2")


def test_the_guards_alarm_is_that_of_this_version_in_this_phase():
    vetoes = [
        {"version": "2", "sequence": 5, "reason": "long ago"},
        {"version": "3", "sequence": 9, "reason": "another"},
        {"version": "2", "sequence": 8, "reason": "it fails more often"},
    ]
    with server(release=[serving("1", 9, vetoes=vetoes)]) as told:
        model_server = ModelServer.at(told.url, {})

        assert model_server.veto("2", 7) == "it fails more often"
        assert model_server.veto("2", 9) is None
        assert model_server.veto("4", 0) is None


def test_the_key_is_sent_and_never_told(tmp_path):
    path = tmp_path / "key"
    path.write_text("secret\n")
    with server(release=[serving("1", 1)]) as told:
        for reference in (f"file:{path}", "env:KEY"):
            environ = {"HOLDFAST_SERVER_KEY": reference, "KEY": "secret"}
            ModelServer.at(told.url, environ).release()

        assert told.keys == ["secret", "secret"]


@pytest.mark.parametrize("reference", ["secret", "env:NONE", "file:/nowhere/key"])
def test_a_reference_that_leads_nowhere_is_one_line_without_the_key(reference):
    with pytest.raises(ConfigError, match="HOLDFAST_SERVER_KEY: ") as error:
        ModelServer.at("http://x", {"HOLDFAST_SERVER_KEY": reference})

    assert "secret" not in str(error.value)
