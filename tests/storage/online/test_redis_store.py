"""Online features in a real Redis."""

import contextlib
import os
import signal
import socket
import threading
import time
from contextlib import closing
from urllib.parse import quote

import pytest
import redis

from storage.online.batch import Batch
from storage.online.redis_address import PASSWORD_VARIABLE
from storage.online.redis_generations import Keys
from storage.online.redis_publish import Publication
from storage.online.rows import OnlineStoreError
from tests.storage.online.contract import StoreContract, opened, publisher
from tests.storage.online.feature_rows import NOON, many, row, rows
from tests.storage.online.redis_server import redis_server
from tests.storage.servers import free_port, own_folder

SECRET = "p@ss: w/rd"  # noqa: S105 (of a server that lives for one test)
KEYS = Keys("shop")

on_a_server = pytest.mark.server


@pytest.fixture(scope="module")
def port():
    with redis_server() as port:
        yield port


@pytest.fixture
def raw(port):
    """Look behind the store's back, at an empty server."""
    with redis.Redis(port=port) as client:
        client.flushall()
        yield client


@pytest.fixture
def url(raw, port):
    return f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def store(url):
    with closing(opened(url)) as store:
        yield store


@on_a_server
class TestRedis(StoreContract):
    def check_no_leftover(self, store):
        assert len(generations_in(store._reader)) == 1


def publication(raw, batch):
    return Publication(raw, KEYS, Batch(batch), where="here")


def generations_in(client):
    return sorted(client.keys(KEYS.rows("*").replace("{", "[{]").replace("}", "[}]")))


def published_logins(store, *customers):
    found = store.read(customers, at=NOON)
    return [answer and answer.values["logins"] for answer in found]


@on_a_server
def test_what_is_shown_stays_and_what_is_not_vanishes(store, raw, url):
    store.publish(many(2000, logins=1))
    killed = publisher(url, logins=2, dies_after=1900, n_customers=2000)
    killed.wait(timeout=60)

    lifetimes = sorted(raw.ttl(key) for key in generations_in(raw))

    assert lifetimes[0] == -1
    assert 3500 < lifetimes[1] <= 3600


@on_a_server
def test_one_batch_is_one_hash_whatever_was_published_before(store, raw):
    for logins in range(3):
        store.publish(rows(row("a", logins=logins), row("b", logins=logins)))

    (key,) = generations_in(raw)

    assert raw.hlen(key) == 3
    assert {k.decode().rpartition("}:")[2] for k in raw.scan_iter()} == {
        "counter",
        "head",
        "sets",
        key.decode().rpartition("}:")[2],
    }


@on_a_server
@pytest.mark.parametrize("when", ["while it writes", "before it shows"])
def test_of_two_publishers_the_later_wins_and_the_other_is_told(store, raw, when):
    store.publish(rows(row("a", logins=1)))
    first = publication(raw, rows(row("a", logins=2), row("b")))
    first._begin()
    if when == "before it shows":
        first._fill()

    store.publish(rows(row("a", logins=3)))

    with pytest.raises(OnlineStoreError, match="another publisher took over"):
        first._fill() if when == "while it writes" else first._show()
    assert published_logins(store, "a", "b") == [3, None]


@on_a_server
def test_a_generation_that_lost_rows_is_not_shown(store, raw):
    store.publish(rows(row("a", logins=1), row("gone")))
    written = publication(raw, rows(row("a", logins=2)))
    written._begin()
    written._fill()
    raw.hdel(KEYS.rows(written._number), "gone")

    with pytest.raises(OnlineStoreError, match="here: another publisher"):
        written._show()

    assert published_logins(store, "a") == [1]


@on_a_server
def test_a_reader_with_an_old_address_of_the_rows_finds_the_new(store, url):
    store.publish(rows(row("a", logins=1)))
    assert published_logins(store, "a") == [1]

    with closing(opened(url)) as other:
        other.publish(rows(row("a", logins=2)))

    assert published_logins(store, "a", "b") == [2, None]


@on_a_server
def test_many_customers_are_answered_in_one_request(store):
    store.publish(many(2500, logins=1))

    found = store.read([f"c{n:06}" for n in range(3000)], at=NOON)

    assert [answer is None for answer in found] == [False] * 2500 + [True] * 500
    assert [a.customer_id for a in found[:2500]] == [f"c{n:06}" for n in range(2500)]


@on_a_server
def test_rows_that_redis_dropped_are_not_taken_for_unknown_customers(store, raw):
    store.publish(rows(row("a")))
    raw.delete(*generations_in(raw))

    with pytest.raises(OnlineStoreError, match="Redis has dropped the rows"):
        store.read(["a"], at=NOON)

    store.publish(rows(row("a", logins=2)))
    assert published_logins(store, "a") == [2]


@on_a_server
def test_keys_of_something_else_are_an_error(store, raw):
    raw.set(KEYS.sets, b"something else")

    with pytest.raises(OnlineStoreError, match="its keys hold something else"):
        store.read(["a"], at=NOON)
    with pytest.raises(OnlineStoreError, match="its keys hold something else"):
        store.publish(rows(row("a")))

    assert raw.get(KEYS.sets) == b"something else"


@on_a_server
def test_a_full_redis_keeps_the_old_batch():
    with (
        redis_server("--maxmemory", "2500kb") as port,
        closing(opened(f"redis://127.0.0.1:{port}/0")) as store,
        redis.Redis(port=port) as raw,
    ):
        store.publish(rows(row("a", logins=1)))

        with pytest.raises(OnlineStoreError, match="maxmemory.*half-written"):
            store.publish(many(40_000, logins=2))

        assert published_logins(store, "a", "c000000") == [1, None]
        assert len(generations_in(raw)) == 1


@on_a_server
def test_a_redis_killed_while_a_batch_is_written_has_the_old_one_when_it_is_back():
    port = free_port()
    durable = ("--appendonly", "yes", "--appendfsync", "always")
    with (
        own_folder() as folder,
        closing(opened(f"redis://127.0.0.1:{port}/0")) as store,
    ):
        data = ("--dir", str(folder), *durable)
        with redis_server(*data, port=port):
            store.publish(rows(row("a", logins=1)))
            with (
                killed_while_writing(port),
                pytest.raises(OnlineStoreError, match="cannot be written"),
            ):
                store.publish(many(20_000, logins=2))
            with pytest.raises(OnlineStoreError, match="cannot be read.*refused"):
                store.read(["a"], at=NOON)

        with redis_server(*data, port=port), redis.Redis(port=port) as raw:
            assert published_logins(store, "a", "c000000") == [1, None]
            assert len(generations_in(raw)) == 2
            store.publish(many(10, logins=2))
            assert published_logins(store, "a", "c000000") == [1, 2]
            assert len(generations_in(raw)) == 1


@contextlib.contextmanager
def killed_while_writing(port):
    """Kill the server as soon as the first rows of a new batch are there."""
    with redis.Redis(port=port) as raw:
        process = raw.info("server")["process_id"]

        def kill():
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                staging = raw.get(KEYS.staging)
                if staging and raw.hlen(KEYS.rows(int(staging))) > 1000:
                    break
            os.kill(process, signal.SIGKILL)

        thread = threading.Thread(target=kill)
        thread.start()
        yield
        thread.join()


def told_by(store):
    """The errors of a read and of a publication, and what is seen with them."""
    texts = []
    for ask in (
        lambda: store.read(["a"], at=NOON),
        lambda: store.publish(rows(row("a"))),
    ):
        with pytest.raises(OnlineStoreError) as caught:
            ask()
        assert "\n" not in str(caught.value)
        texts.append(f"{caught.value} {caught.value.__context__!r}")
    return " ".join(texts)


def test_no_redis_at_the_address_is_told_at_once_and_without_the_password():
    port = free_port()
    url = f"redis://me:{quote(SECRET, safe='')}@127.0.0.1:{port}/3"
    started = time.monotonic()

    told = told_by(opened(url))

    assert f"redis://me@127.0.0.1:{port}/3 cannot be read: " in told
    assert "refused; start that Redis, or correct stores.online" in told
    assert SECRET not in told
    assert time.monotonic() - started < 1


def test_a_password_in_the_words_of_the_driver_is_covered():
    told = told_by(opened(f"redis://:refused@127.0.0.1:{free_port()}"))

    assert "Connection ***" in told


def test_an_unknown_host_is_told():
    assert "redis://nowhere.invalid:6379/0 cannot be" in told_by(
        opened("redis://nowhere.invalid")
    )


@contextlib.contextmanager
def somebody_else(answer):
    """A server that is no Redis: it says the same to everybody, or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    connections.append(connection)
                    if answer:
                        connection.recv(1000)
                        connection.sendall(answer)
                        connection.close()

        connections = []
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in connections:
            connection.close()


def test_a_web_server_is_no_redis():
    with (
        somebody_else(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port,
        closing(opened(f"redis://127.0.0.1:{port}")) as store,
    ):
        assert "cannot be read: " in told_by(store)


def test_a_server_that_never_answers_does_not_hang_the_reader():
    with (
        somebody_else(b"") as port,
        closing(opened(f"redis://127.0.0.1:{port}")) as store,
    ):
        started = time.monotonic()

        with pytest.raises(OnlineStoreError, match=r"(?i)cannot be read: .*time"):
            store.read(["a"], at=NOON)

        assert time.monotonic() - started < 5


@on_a_server
def test_passwords_come_by_url_or_by_the_environment_and_are_never_told():
    with redis_server("--requirepass", SECRET) as port:
        plain = f"redis://127.0.0.1:{port}/0"
        by_url = f"redis://:{quote(SECRET, safe='')}@127.0.0.1:{port}/0"
        with closing(opened(by_url)) as store:
            store.publish(rows(row("a")))
            assert store.address == plain
        with closing(opened(plain, environ={PASSWORD_VARIABLE: SECRET})) as store:
            assert published_logins(store, "a") == [1]

        with closing(opened(plain)) as store:
            assert "cannot be read: Authentication required" in told_by(store)
        wrong = {PASSWORD_VARIABLE: "wr0ng-secret"}
        with closing(opened(plain, environ=wrong)) as store:
            told = told_by(store)
        assert "cannot be read: invalid username-password pair" in told
        assert PASSWORD_VARIABLE in told
        assert "wr0ng" not in told
