"""A dead writer's segment is closed by others, a living one's by itself alone."""

import fcntl
import os
import re
from pathlib import Path

from storage.predictions import segments as module
from storage.predictions.segments import (
    NAME,
    adopt,
    begin,
    close,
    closed_segments,
    new_name,
    segments,
)

OLD = "20250102T030405000006Z-w1-0123456789ab"


def test_names_sort_by_time_and_differ():
    names = [new_name("w_1") for _ in range(100)]

    moments = [name.partition("-")[0] for name in names]
    assert moments == sorted(moments)
    assert len(set(names)) == 100
    assert all(NAME.fullmatch(name) for name in names)


def test_segments_are_found_oldest_first_and_nothing_else_is(tmp_path):
    for name in (f"{OLD}.jsonl", "notes.jsonl", f"{OLD}.tmp", f"{OLD}x.open"):
        (tmp_path / name).touch()
    descriptor, path = begin(tmp_path, "w2")

    found = segments(tmp_path)

    os.close(descriptor)
    assert list(found.values()) == [tmp_path / f"{OLD}.jsonl", path]
    assert closed_segments(tmp_path) == [tmp_path / f"{OLD}.jsonl"]


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert segments(tmp_path / "absent") == {}
    assert adopt(tmp_path / "absent") == []


def test_a_living_writer_keeps_its_segment(tmp_path):
    descriptor, path = begin(tmp_path, "w1")
    os.write(descriptor, b"a\n")

    assert adopt(tmp_path) == []

    os.close(descriptor)
    assert path.exists()


def test_a_dead_writers_segment_is_closed(tmp_path):
    descriptor, path = begin(tmp_path, "w1")
    os.write(descriptor, b"a\n")
    os.close(descriptor)

    (adopted,) = adopt(tmp_path)

    assert adopted == path.with_suffix(".jsonl")
    assert adopted.read_bytes() == b"a\n"
    assert adopt(tmp_path) == []


def test_a_dead_writers_empty_segment_is_removed(tmp_path):
    os.close(begin(tmp_path, "w1")[0])

    assert adopt(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_segment_adopted_before_it_was_locked_is_not_written_to(
    tmp_path, monkeypatch
):
    lock, adopted = fcntl.flock, []

    def late(file, how: int) -> None:
        """Let the shipper come between the making of the file and its lock."""
        if not adopted:
            adopted.append(True)
            assert adopt(tmp_path) == []
        lock(file, how)

    monkeypatch.setattr(module.fcntl, "flock", late)
    descriptor, path = begin(tmp_path, "w1")

    os.write(descriptor, b"a\n")
    os.close(descriptor)
    assert path.read_bytes() == b"a\n"


def test_a_segment_seen_under_both_of_its_names_counts_as_closed(tmp_path, monkeypatch):
    both = [tmp_path / f"{OLD}.jsonl", tmp_path / f"{OLD}.open"]
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(both))

    assert segments(tmp_path) == {OLD: both[0]}


def test_a_closed_segment_has_the_name_it_had(tmp_path):
    descriptor, path = begin(tmp_path, "w1")

    closed = close(path)

    os.close(descriptor)
    assert re.sub(r"\.jsonl$", ".open", closed.name) == path.name
