"""Online features in a file."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from storage.online.rows import ENCODER, OnlineStoreError, key_of
from tests.storage.online.contract import CHECKOUT, StoreContract, opened
from tests.storage.online.feature_rows import NOON, many, row, rows


@pytest.fixture
def file(tmp_path):
    return tmp_path / "our shop" / "online.db"


@pytest.fixture
def url(file):
    return f"sqlite:///{file}"


@pytest.fixture
def store(url):
    with closing(opened(url)) as store:
        yield store


class TestSqlite(StoreContract):
    """All of it."""


def test_reading_creates_no_file(store, file):
    with pytest.raises(OnlineStoreError, match="nothing was published yet"):
        store.read(["a"], at=NOON)

    assert not file.parent.exists()


def test_a_file_of_something_else_is_an_error_and_left_alone(store, file):
    content = b"no database, but long enough to look at" * 20
    file.parent.mkdir()
    file.write_bytes(content)

    with pytest.raises(OnlineStoreError, match="cannot be read: file is not a data"):
        store.read(["a"], at=NOON)
    with pytest.raises(OnlineStoreError, match="cannot be written: file is not a da"):
        store.publish(rows(row("a")))

    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_an_error(store, file):
    file.parent.write_text("a file where the folder should be")

    with pytest.raises(OnlineStoreError, match="cannot be written: .*our shop"):
        store.publish(rows(row("a")))


def test_a_failure_while_writing_leaves_the_old_batch(store, file):
    store.publish(rows(row("a", logins=1)))
    with closing(sqlite3.connect(file)) as other, other:
        other.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON online_rows BEGIN "
            "SELECT RAISE(ABORT, 'disk full'); END"
        )

    with pytest.raises(OnlineStoreError, match="disk full.*nothing is half-written"):
        store.publish(rows(row("0", logins=2), row("a", logins=2)))

    zero, a = store.read(["0", "a"], at=NOON)
    assert (zero, a.values["logins"]) == (None, 1)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (ENCODER.encode(("b", 1, (1, 0.5, "pro"), (None,))), "found another's"),
        (ENCODER.encode(("a", 1, (1, 0.5), (None,))), "found other bytes"),
        (ENCODER.encode(("a", 1, (1, 0.5, "pro"), ())), "found other bytes"),
        (b"\x93", "found other bytes"),
        (ENCODER.encode({"a": 1}), "found other bytes"),
    ],
)
def test_a_row_that_is_not_the_customers_is_an_error(store, file, stored, message):
    store.publish(rows(row("a")))
    with closing(sqlite3.connect(file)) as other, other:
        change = "UPDATE online_rows SET stored = ? WHERE customer_id = ?"
        other.execute(change, (stored, key_of("a")))

    with pytest.raises(OnlineStoreError, match=message):
        store.read(["a"], at=NOON)


def test_a_reader_is_neither_blocked_nor_misled_by_a_writer_at_work(store, file):
    store.publish(rows(row("a", logins=1)))
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM online_rows")
        writer.execute("DELETE FROM online_sets")

        assert store.read(["a"], at=NOON)[0].values["logins"] == 1


def test_a_file_that_was_removed_and_published_anew_is_found(store, url, file):
    store.publish(rows(row("a", logins=1)))
    assert store.read(["a"], at=NOON)[0].values["logins"] == 1

    for path in file.parent.iterdir():
        path.unlink()
    with pytest.raises(OnlineStoreError, match="nothing was published yet"):
        store.read(["a"], at=NOON)
    with closing(opened(url)) as other:
        other.publish(rows(row("a", logins=2)))

    assert store.read(["a"], at=NOON)[0].values["logins"] == 2


def test_a_damaged_file_is_told_until_it_is_whole_again(store, file):
    store.publish(many(5000, logins=1))
    whole = file.read_bytes()
    store.close()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 * 40)

    with pytest.raises(OnlineStoreError, match="cannot be read: .*malformed"):
        store.read(["c000000"], at=NOON)

    file.write_bytes(whole)
    assert store.read(["c000000"], at=NOON)[0].values["logins"] == 1


def test_many_threads_share_one_store(store):
    store.publish(many(200, logins=1))
    asked = [f"c{n:06}" for n in range(200)]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda c: store.read([c], at=NOON)[0], asked * 5))

    assert [answer.customer_id for answer in found] == asked * 5


def test_a_server_reads_without_polars(url, store):
    store.publish(rows(row("a", logins=4)))
    code = (
        "import sys; sys.modules['polars'] = sys.modules['redis'] = None;"
        "sys.modules['numpy'] = None;"
        "from datetime import UTC, datetime;"
        "from storage.online.store import open_online;"
        "store = open_online(sys.argv[1], dataset='shop', environ={});"
        "print(store.read(['a'], at=datetime.now(UTC))[0].values['logins'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, url],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("4\n", "")
