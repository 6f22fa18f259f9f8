"""A server's health through HTTP: what it shows, and who else may answer."""

import pytest

from storage.model_server import ModelServer, ServerError
from storage.server_health import server_health
from tests.model_servers import free_port
from tests.serving.boards import board_of
from tests.serving.running import asked
from tests.serving.served import in_process, small
from tests.storage.test_model_server import server


def test_a_server_is_read_by_its_own_metrics(tmp_path):
    ours = in_process(tmp_path, small(tmp_path, 1.0))
    board_of(ours.state)
    ours.post(asked(0.5))
    text = ours.ask("GET", "/metrics", b"").content
    with server(metrics=[text]) as told:
        health = server_health(ModelServer(told.url, "key"), seconds=0)

    assert health is not None
    assert [one.version for one in health.versions] == ["1.0"]
    assert health.since_start.requests_per_second > 0
    assert told.keys == ["key"]


def test_where_nobody_answers_there_is_no_health():
    nobody = ModelServer(f"http://127.0.0.1:{free_port()}", None)

    assert server_health(nobody, seconds=0) is None


@pytest.mark.parametrize("answer", [b"up 1\n", b"<html>", b"\xff", b"x{ 1", b" "])
def test_another_program_is_no_server_of_ours(answer):
    with server(metrics=[answer]) as told, pytest.raises(ServerError, match="expected"):
        server_health(ModelServer(told.url, None), seconds=0)


def test_a_refused_key_is_told():
    with server(metrics=[b""]) as told, pytest.raises(ServerError, match="503"):
        server_health(ModelServer(told.url, None), seconds=0)
