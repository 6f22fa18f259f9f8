"""Where alarms go: files, and a real server at the other end of the webhook."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from churn.errors import ConfigError
from storage.alerts import WEBHOOK, AlertStore, tell, webhooks
from storage.objects import ObjectError

NOW = datetime(2026, 4, 2, 3, 4, tzinfo=UTC)
AT = "2026-04-02T03:00:00.000000+00:00"


class Room(ThreadingHTTPServer):
    """A chat room: what it was told, and with what it answers."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Door)
        self.heard, self.status, self.waits_seconds = [], 200, 0.0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hooks/s3cret"


class Door(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.waits_seconds)
        if self.server.status == 200:
            self.server.heard.append((self.headers["Content-Type"], body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def opened():
    room = Room()
    threading.Thread(target=room.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield room
    finally:
        room.shutdown()
        room.server_close()


@pytest.fixture
def room():
    with opened() as one:
        yield one


@pytest.fixture
def store(tmp_path):
    return AlertStore.of("churn", {"HOLDFAST_ALERTS_URL": str(tmp_path / "alerts")})


def alarm(sequence, at=AT):
    return {"sequence": sequence, "at": at, "text": f"alarm {sequence}: ä"}


def heard(room):
    return [body["sequence"] for _, body in room.heard]


def test_an_alarm_is_a_file_and_a_post_once(store, room, tmp_path):
    channels = webhooks({WEBHOOK: room.url})

    first = tell(store, [alarm(7), alarm(12)], channels, NOW)
    again = tell(store, [alarm(7), alarm(12)], channels, NOW)

    assert room.heard == [
        ("application/json", alarm(7)),
        ("application/json", alarm(12)),
    ]
    files = sorted(path.name for path in (tmp_path / "alerts/churn").glob("*.json"))
    assert files == ["00000007.json", "00000012.json"]
    kept = json.loads((tmp_path / "alerts/churn/00000012.json").read_text())
    assert kept == alarm(12)
    assert (first["webhook"], again["webhook"]) == ("2 told", "0 told")


def test_what_the_webhook_refused_is_told_next_time_in_order(store, room):
    channels = webhooks({WEBHOOK: room.url})
    room.status = 503
    refused = tell(store, [alarm(1), alarm(2)], channels, NOW)
    room.status = 200

    taken = tell(store, [alarm(1), alarm(2), alarm(3)], channels, NOW)

    assert refused["webhook"] == (
        "0 told; the webhook at 127.0.0.1: answered 503; tried again with the next run"
    )
    assert (taken["webhook"], heard(room)) == ("3 told", [1, 2, 3])


@pytest.mark.parametrize("problem", ["gone", "slow", "no_key", "no_url"])
def test_a_webhook_that_fails_ends_nothing_and_its_address_stays_secret(
    store, problem, monkeypatch
):
    monkeypatch.setattr("storage.alerts.TIMEOUT_SECONDS", 0.05)
    with opened() as room:
        room.waits_seconds = 0.3 if problem == "slow" else 0
        environ = {
            "gone": {WEBHOOK: "http://127.0.0.1:9/hooks/s3cret"},
            "slow": {WEBHOOK: room.url},
            "no_key": {WEBHOOK: "env:s3cret_name"},
            "no_url": {WEBHOOK: "env:PLACE", "PLACE": "s3cret"},
        }[problem]

        told = tell(store, [alarm(1)], webhooks(environ), NOW)["webhook"]

    expected = {
        "gone": "Connection refused",
        "slow": "no answer within 0.05 s",
        "no_key": "the environment lacks",
        "no_url": "expected http:// or https://",
    }[problem]
    assert told.startswith("0 told; ")
    assert expected in told
    assert "s3cret" not in told.replace("s3cret_name", "")


def test_an_address_may_be_kept_elsewhere(room, tmp_path):
    (tmp_path / "hook").write_text(f"{room.url}\n")

    for reference in (f"file:{tmp_path / 'hook'}", "env:HOOK"):
        send = webhooks({WEBHOOK: reference, "HOOK": room.url})["webhook"]
        send(alarm(4))

    assert heard(room) == [4, 4]


def test_a_channel_that_came_later_is_not_told_the_past(store, room):
    tell(store, [alarm(1)], {}, NOW)

    told = tell(store, [alarm(1), alarm(2)], webhooks({WEBHOOK: room.url}), NOW)

    assert (told["webhook"], heard(room)) == ("1 told", [2])


def test_what_is_older_than_a_week_is_kept_and_told_no_more(store, room, tmp_path):
    channels = webhooks({WEBHOOK: room.url})
    room.status = 500
    tell(store, [alarm(1)], channels, NOW)
    room.status = 200
    later = NOW + timedelta(days=8)

    told = tell(store, [alarm(1), alarm(2)], channels, later)

    assert (told["webhook"], room.heard) == ("0 told", [])
    assert len(list((tmp_path / "alerts/churn").glob("*.json"))) == 2
    assert list((tmp_path / "alerts").rglob("waiting/webhook/*")) == []


def test_a_document_that_was_lost_with_its_run_is_written_and_told_by_the_next(
    store, room
):
    channels = webhooks({WEBHOOK: room.url})
    tell(store, [alarm(1)], channels, NOW)

    # The ledger has an alarm 2 whose run was killed before it told anybody.
    tell(store, [alarm(1), alarm(2)], channels, NOW)

    assert heard(room) == [1, 2]


def test_without_a_store_an_alarm_is_told_at_once_or_not_at_all(room):
    assert AlertStore.of("churn", {}) is None

    told = tell(None, [alarm(1)], webhooks({WEBHOOK: room.url}), NOW)
    room.status = 404
    lost = tell(None, [alarm(2)], webhooks({WEBHOOK: room.url}), NOW)

    assert (told, heard(room)) == ({"webhook": "1 told"}, [1])
    assert lost == {"webhook": "0 told; the webhook at 127.0.0.1: answered 404"}


def test_a_store_that_cannot_be_written_is_an_error_in_one_line(tmp_path):
    (tmp_path / "alerts").write_text("a file")
    store = AlertStore.of("churn", {"HOLDFAST_ALERTS_URL": str(tmp_path / "alerts")})

    with pytest.raises(ObjectError, match="Not a directory"):
        tell(store, [alarm(1)], {}, NOW)


def test_an_address_of_another_kind_is_refused():
    with pytest.raises(ConfigError, match="expected a folder"):
        AlertStore.of("churn", {"HOLDFAST_ALERTS_URL": "ftp://x/y"})
