import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from churn.errors import ConfigError
from churn.scoring.release import Release, Served
from storage.objects import open_objects
from storage.release import (
    ReleaseError,
    check_writable,
    read_release,
    readable_release,
    release_at,
    write_release,
)
from tests.conftest import CHECKOUT
from tests.storage.s3_server import BUCKET

RELEASE = Release(
    model="churn",
    sequence=7,
    ledger_hash="abc",
    champion=Served("2", "/bundles/2", "d2"),
    challenger=None,
    mode="live",
    weight=0.0,
)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOLDFAST_RELEASE_URL": str(tmp_path / "releases")}


def file(environ: dict[str, str]) -> Path:
    return Path(environ["HOLDFAST_RELEASE_URL"]) / "churn.json"


def test_what_was_written_is_read(environ):
    assert read_release("churn", environ=environ) is None

    assert write_release(RELEASE, environ=environ)

    assert read_release("churn", environ=environ) == RELEASE


def test_a_newer_release_replaces_an_older_one_and_never_the_other_way_round(environ):
    newer = replace(RELEASE, sequence=8, ledger_hash="def", champion=None)

    done = [
        write_release(one, environ=environ) for one in (RELEASE, newer, RELEASE, newer)
    ]

    assert done == [True, True, False, True]
    assert read_release("churn", environ=environ) == newer


def test_a_release_that_was_edited_is_put_right_and_one_ahead_is_left(environ):
    write_release(RELEASE, environ=environ)
    path = file(environ)
    path.write_text(path.read_text().replace('"/bundles/2"', '"/bundles/x"'))

    assert read_release("churn", environ=environ).champion.bundle_uri == "/bundles/x"
    assert write_release(RELEASE, environ=environ)
    assert read_release("churn", environ=environ) == RELEASE


def test_a_broken_release_counts_as_none_where_the_next_one_replaces_it(environ):
    write_release(RELEASE, environ=environ)
    assert readable_release("churn", environ=environ) == RELEASE

    file(environ).write_text("[]")

    assert readable_release("churn", environ=environ) is None


def test_of_many_writers_at_once_the_newest_stays(environ):
    def write(sequence: int) -> None:
        write_release(replace(RELEASE, sequence=sequence), environ=environ)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [*range(1, 40), *range(39, 0, -1)]))

    assert read_release("churn", environ=environ).sequence == 39


def test_a_writer_killed_before_the_rename_leaves_the_old_release_and_no_lock(environ):
    write_release(RELEASE, environ=environ)
    code = (
        "import os, pathlib, msgspec; import storage.release as r;"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9);"
        "import tests.storage.test_release as t;"
        f"r.write_release(t.replace(t.RELEASE, sequence=9), environ={environ})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert done.returncode == -9
    assert read_release("churn", environ=environ) == RELEASE
    assert write_release(replace(RELEASE, sequence=9), environ=environ)
    assert read_release("churn", environ=environ).sequence == 9


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"weight": 0.0', '"weight": "x"'), "found Expected"),
        (lambda text: text[:-9], "expected a release, found Input data was truncated"),
        (lambda _: "[]", "expected a release, found"),
        (lambda text: text.replace('"mode"', '"more": 1, "mode"'), "found another"),
        (lambda text: text.replace('_version": 1', '_version": 2'), "of format 1"),
    ],
)
def test_an_altered_file_is_refused_and_the_next_writing_repairs_it(
    environ, change, told: str
):
    write_release(RELEASE, environ=environ)
    path = file(environ)
    path.write_text(change(path.read_text()))

    with pytest.raises(ReleaseError, match=told):
        read_release("churn", environ=environ)
    assert write_release(RELEASE, environ=environ)
    assert read_release("churn", environ=environ) == RELEASE


def test_the_file_is_plain_json_that_tells_its_format(environ):
    write_release(RELEASE, environ=environ)

    document = json.loads(file(environ).read_text())

    assert document["format_version"] == 1
    assert document["champion"] == {
        "version": "2",
        "bundle_uri": "/bundles/2",
        "bundle_sha256": "d2",
    }


@pytest.mark.parametrize("url", ["", "ftp://host/releases"])
def test_a_stack_without_a_place_for_releases_is_told(url: str):
    with pytest.raises(ConfigError, match="release|expected a folder or s3"):
        write_release(RELEASE, environ={"HOLDFAST_RELEASE_URL": url})
    with pytest.raises(ConfigError, match="release|expected a folder or s3"):
        check_writable("churn", environ={"HOLDFAST_RELEASE_URL": url})


def test_that_a_release_could_be_written_is_seen_without_writing_one(environ):
    check_writable("churn", environ=environ)

    assert read_release("churn", environ=environ) is None
    assert [path.name for path in file(environ).parent.iterdir()] == ["churn.lock"]


def spoil(path: Path, how: str) -> None:
    """Make it impossible to write a release at a path."""
    if how == "the folder is a file":
        path.parent.touch()
    elif how == "above it is a file":
        path.parent.symlink_to(Path(__file__) / "releases")
    else:
        path.mkdir(parents=True)


@pytest.mark.parametrize(
    "how", ["the folder is a file", "above it is a file", "the file is a folder"]
)
def test_where_none_can_be_written_both_say_so_in_one_line(environ, how: str):
    spoil(file(environ), how)

    for attempt in (
        lambda: check_writable("churn", environ=environ),
        lambda: write_release(RELEASE, environ=environ),
    ):
        with pytest.raises(ReleaseError, match="churn.json") as caught:
            attempt()
        assert "\n" not in str(caught.value)


@pytest.fixture
def s3(s3, tmp_path: Path) -> dict[str, str]:
    return {**s3, "HOLDFAST_RELEASE_URL": f"s3://{BUCKET}/{tmp_path.name}"}


@pytest.mark.server
def test_in_a_bucket_it_keeps_the_same_promises(s3):
    newer = replace(RELEASE, sequence=8, ledger_hash="def")
    check_writable("churn", environ=s3)
    assert read_release("churn", environ=s3) is None

    done = [write_release(one, environ=s3) for one in (RELEASE, newer, RELEASE, newer)]

    assert done == [True, True, False, True]
    assert read_release("churn", environ=s3) == newer
    assert release_at(f"{s3['HOLDFAST_RELEASE_URL']}/churn.json", environ=s3) == newer


@pytest.mark.server
def test_of_many_writers_at_once_the_newest_stays_in_a_bucket_too(s3):
    def write(sequence: int) -> None:
        write_release(replace(RELEASE, sequence=sequence), environ=s3)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, [*range(1, 12), *range(11, 0, -1)]))

    assert read_release("churn", environ=s3).sequence == 11


@pytest.mark.server
def test_a_broken_release_in_a_bucket_is_told_and_replaced(s3):
    open_objects(s3["HOLDFAST_RELEASE_URL"], environ=s3).put("churn.json", b"[]")

    with pytest.raises(ReleaseError, match="churn.json: expected a release"):
        read_release("churn", environ=s3)
    assert readable_release("churn", environ=s3) is None
    assert write_release(RELEASE, environ=s3)
    assert read_release("churn", environ=s3) == RELEASE


@pytest.mark.server
def test_a_bucket_out_of_reach_is_told_in_one_line(s3):
    nobody = {**s3, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}

    with pytest.raises(ReleaseError, match="churn.json") as caught:
        write_release(RELEASE, environ=nobody)
    assert "\n" not in str(caught.value)
    with pytest.raises(ReleaseError, match="out of reach"):
        read_release("churn", environ=nobody)
