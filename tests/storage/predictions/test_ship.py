"""A segment is in the store before it is gone here."""

import os
from pathlib import Path

import pytest

from storage.objects import ObjectError, open_objects
from storage.predictions.record import encode
from storage.predictions.segments import begin, closed_segments, segments
from storage.predictions.ship import Shipped, ship
from storage.predictions.writer import SegmentWriter
from tests.storage.predictions.records import prediction


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def url(tmp_path) -> str:
    return str(tmp_path / "our store")


def written(folder: Path, *request_ids: str) -> SegmentWriter:
    """A log with a closed segment a request."""
    log = SegmentWriter(
        folder, worker="w1", rotate_bytes=1, rotate_seconds=60, on_full="refuse"
    )
    for request_id in request_ids:
        log.append([prediction(request_id)])
        log.close()
    return log


def shipped(url: str) -> dict[str, bytes]:
    store = open_objects(url, environ={})
    return {one.path: store.get(one.path).content for one in store.list()}


def test_closed_segments_move_to_the_store_with_every_byte(folder, url):
    written(folder, "0", "1")
    names = list(segments(folder))

    done = ship(folder, url, "churn", environ={})

    lines = [encode([prediction("0")]), encode([prediction("1")])]
    assert shipped(url) == {
        f"churn/segments/{name}.jsonl": line
        for name, line in zip(names, lines, strict=True)
    }
    assert done == Shipped(2, sum(map(len, lines)))
    assert segments(folder) == {}
    assert ship(folder, url, "churn", environ={}) == Shipped(0, 0)


def test_a_segment_being_written_stays_and_a_dead_writers_goes(folder, url):
    log = written(folder)
    log.append([prediction("alive")])
    descriptor, dead = begin(folder, "w2")
    os.write(descriptor, encode([prediction("dead")]))
    os.close(descriptor)

    ship(folder, url, "churn", environ={})

    assert list(shipped(url)) == [f"churn/segments/{dead.stem}.jsonl"]
    assert [path.suffix for path in segments(folder).values()] == [".open"]


def test_a_segment_waits_for_readers_that_are_behind(folder, url):
    written(folder, "0", "1")
    older, younger = closed_segments(folder)
    os.utime(older, (0, 0))

    ship(folder, url, "churn", environ={}, keep_seconds=3600)

    assert closed_segments(folder) == [younger]


def test_what_was_sent_and_not_removed_is_sent_again_as_the_same_file(
    folder, url, monkeypatch
):
    written(folder, "0")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ship(folder, url, "churn", environ={})
    assert len(closed_segments(folder)) == 1
    sent = shipped(url)

    ship(folder, url, "churn", environ={})

    assert shipped(url) == sent
    assert segments(folder) == {}


def interrupted(path: Path, *, missing_ok: bool = False) -> None:
    """Leave segments; drafts that were renamed are gone anyway."""
    if path.suffix == ".jsonl":
        raise KeyboardInterrupt


def test_a_store_out_of_reach_loses_nothing(folder, tmp_path):
    written(folder, "r-secret")
    (tmp_path / "file").touch()

    with pytest.raises(ObjectError) as caught:
        ship(folder, str(tmp_path / "file"), "churn", environ={})

    assert len(closed_segments(folder)) == 1
    assert "r-secret" not in str(caught.value)
