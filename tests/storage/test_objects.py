"""Files by address keep the same promises in a folder and in a bucket."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from churn.errors import ConfigError
from storage.folder_objects import FolderObjects
from storage.objects import MissingObjectError, ObjectError, Objects, open_objects
from tests.conftest import CHECKOUT
from tests.storage.s3_server import BUCKET

NOBODY_THERE = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "AWS_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ALLOW_HTTP": "true",
}


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.server)])
def store(request, tmp_path) -> Objects:
    if request.param == "folder":
        return open_objects(str(tmp_path / "our files"), environ={})
    environ = request.getfixturevalue("s3")
    url = f"s3://{BUCKET}/our files/{tmp_path.name}-{os.urandom(4).hex()}"
    return open_objects(url, environ=environ)


def test_what_is_put_is_there_and_listed(store):
    assert store.list() == []

    store.put("b/two", b"22")
    store.put("one", b"1")

    assert store.get("b/two").content == b"22"
    assert [(one.path, one.n_bytes) for one in store.list()] == [
        ("b/two", 2),
        ("one", 1),
    ]
    assert [one.path for one in store.list("b")] == ["b/two"]
    assert store.list("absent") == []


def test_a_version_changes_with_the_content_and_only_with_it(store):
    first = store.put("a", b"1")

    assert store.version("a") == store.get("a").version == first
    assert store.put("a", b"2") != first
    assert store.get("a").version == store.version("a") != first


def test_what_is_not_there_is_told(store):
    with pytest.raises(MissingObjectError, match="absent: no such file"):
        store.get("absent")
    assert store.version("absent") is None
    store.delete("absent")


def test_a_removed_file_is_gone(store):
    store.put("a", b"1")

    store.delete("a")

    assert store.version("a") is None


def test_only_who_knows_the_version_replaces_it(store):
    first = store.put_if("a", b"1", None)
    second = store.put_if("a", b"2", first)

    assert store.put_if("a", b"3", None) is None
    assert store.put_if("a", b"3", first) is None
    assert store.put_if("b", b"3", first) is None
    assert store.get("a").content == b"2"
    assert store.version("a") == second


def test_who_tries_again_what_was_done_is_told_that_it_is(store):
    first = store.put_if("a", b"1", None)

    assert store.put_if("a", b"1", None) == first


def test_a_file_too_large_is_refused_before_it_is_read(store):
    store.put("a", b"12345")

    assert store.get("a", most_bytes=5).content == b"12345"
    with pytest.raises(ObjectError, match="at most 4 bytes, found 5"):
        store.get("a", most_bytes=4)


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "a/../../b", "", "a//b", ".x"])
def test_a_path_never_leads_out_of_its_address(tmp_path, path: str):
    store = open_objects(str(tmp_path / "in"), environ={})

    for attempt in (store.get, store.version, store.delete):
        with pytest.raises(ObjectError, match="expected the path of a file"):
            attempt(path)
    with pytest.raises(ObjectError, match="expected the path of a file"):
        store.put(path, b"")


def test_a_large_file_comes_back_equal(store):
    content = os.urandom(20 << 20)

    store.put("a", content)

    assert store.get("a").content == content


def test_of_many_who_replace_one_version_one_does(tmp_path, monkeypatch):
    store = open_objects(str(tmp_path), environ={})
    first = store.put("a", b"first")
    write = FolderObjects._put

    def slow(self: FolderObjects, path: Path, content: bytes) -> str:
        time.sleep(0.01)
        return write(self, path, content)

    monkeypatch.setattr(FolderObjects, "_put", slow)
    with ThreadPoolExecutor(8) as pool:
        contents = [str(number).encode() for number in range(16)]
        done = list(pool.map(lambda one: store.put_if("a", one, first), contents))

    winners = [one for one, version in zip(contents, done, strict=True) if version]
    assert winners == [store.get("a").content]


def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path):
    store = open_objects(str(tmp_path), environ={})
    sizes = (1_000_000, 1_000_001)
    code = (
        "import sys; from storage.objects import open_objects;"
        f"s = open_objects({str(tmp_path)!r}, environ={{}});"
        "print(flush=True);"
        f"[s.put('a', bytes(n)) for _ in range(10**6) for n in {sizes}]"
    )
    store.put("a", bytes(sizes[0]))
    for _ in range(5):
        command = [sys.executable, "-c", code]
        with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.02)
            writer.send_signal(signal.SIGKILL)

        assert len(store.get("a").content) in sizes
        assert [one.path for one in store.list()] == ["a"]


def test_a_file_where_a_folder_should_be_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    store = open_objects(str(tmp_path / "file"), environ={})

    for attempt in (lambda: store.put("a", b""), lambda: store.get("a")):
        with pytest.raises(ObjectError, match="Not a directory|File exists"):
            attempt()


@pytest.mark.parametrize("url", ["gs://bucket/x", "s3://", "redis://:hunter2@host/1"])
def test_an_address_of_another_kind_is_refused(url: str):
    with pytest.raises(ConfigError, match="a folder or s3://BUCKET/PATH") as caught:
        open_objects(url, environ={})

    assert "hunter2" not in str(caught.value)


def test_a_store_that_nobody_runs_is_told_without_the_keys():
    store = open_objects("s3://bucket/x", environ=NOBODY_THERE)

    with pytest.raises(ObjectError, match="s3://bucket/x/a is out of reach") as caught:
        store.get("a")

    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_a_pair_of_keys_is_told():
    environ = NOBODY_THERE | {"AWS_SECRET_ACCESS_KEY": ""}

    with pytest.raises(ObjectError, match="out of reach"):
        open_objects("s3://bucket/x", environ=environ).get("a")


@pytest.mark.server
def test_a_wrong_key_is_told_without_showing_it(s3):
    environ = s3 | {"AWS_SECRET_ACCESS_KEY": "hunter2"}
    store = open_objects(f"s3://{BUCKET}/x", environ=environ)

    for attempt in (
        lambda: store.get("a"),
        lambda: store.put("a", b"r-secret"),
        lambda: store.version("a"),
        store.list,
    ):
        with pytest.raises(ObjectError) as caught:
            attempt()
        told = str(caught.value)
        assert "hunter2" not in told
        assert "r-secret" not in told
        assert s3["AWS_ACCESS_KEY_ID"] not in told


@pytest.mark.server
def test_a_bucket_with_more_files_than_a_page_is_listed_whole(s3):
    store = open_objects(f"s3://{BUCKET}/many", environ=s3)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.put(f"{number:04}", b""), range(1050)))

    assert len(store.list()) == 1050


def test_the_server_reads_folders_without_the_library_for_buckets(tmp_path):
    code = (
        "import sys; from storage.objects import open_objects;"
        f"open_objects({str(tmp_path)!r}, environ={{}}).list();"
        "heavy = {'obstore', 'polars', 'deltalake', 'pyarrow'} & set(sys.modules);"
        "sys.exit(', '.join(heavy) or None)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=Path(CHECKOUT), check=False)

    assert done.returncode == 0
