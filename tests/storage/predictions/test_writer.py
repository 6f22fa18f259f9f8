"""What was acknowledged is in the log, whatever happened to the process or the disk."""

import os
import resource
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random
from typing import NoReturn

import pytest

from storage.predictions import writer as module
from storage.predictions.record import Prediction, Record, decode, encode
from storage.predictions.segments import adopt, closed_segments, segments
from storage.predictions.writer import LogFullError, SegmentWriter
from tests.storage.predictions.records import prediction
from tests.storage.small_disks import small_disk

LINE_BYTES = 500


def opened(folder: Path, **changes) -> SegmentWriter:
    usual = {
        "worker": "w1",
        "rotate_bytes": 10**6,
        "rotate_seconds": 60,
        "on_full": "refuse",
    }
    return SegmentWriter(folder, **(usual | changes))


def records_in(folder: Path) -> list[Record]:
    """All complete lines; behind the last one there may be a torn one."""
    contents = [path.read_bytes() for path in segments(folder).values()]
    lines = [line for content in contents for line in content.split(b"\n")[:-1]]
    return [decode(line) for line in lines]


def test_records_are_on_the_disk_when_append_returns(tmp_path):
    writer, records = opened(tmp_path / "log"), [prediction(row=0), prediction(row=1)]

    writer.append(records)

    assert records_in(tmp_path / "log") == records
    assert (writer.n_appended, writer.n_not_logged) == (2, 0)


def test_a_segment_is_closed_by_its_size(tmp_path):
    writer = opened(tmp_path, rotate_bytes=1000)

    for number in range(5):
        writer.append([prediction(str(number), customer="c" * LINE_BYTES)])

    # Two of these lines are more than 1,000 bytes.
    assert [path.suffix for path in segments(tmp_path).values()] == [
        ".jsonl",
        ".jsonl",
        ".open",
    ]
    assert [record.request_id for record in records_in(tmp_path)] == [*"01234"]


def test_a_segment_is_closed_by_its_age_with_traffic_and_without(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    writer = opened(tmp_path, rotate_seconds=60)
    writer.append([prediction("0")])
    clock[0] = 59.9
    writer.append([prediction("1")])
    writer.rotate_if_due()

    assert closed_segments(tmp_path) == []

    clock[0] = 60
    writer.append([prediction("2")])
    assert len(closed_segments(tmp_path)) == 1
    clock[0] = 120
    writer.rotate_if_due()
    writer.rotate_if_due()
    assert [path.suffix for path in segments(tmp_path).values()] == [".jsonl"] * 2


def test_where_no_new_segment_can_be_begun_the_old_one_goes_on(tmp_path, monkeypatch):
    writer = opened(tmp_path, rotate_bytes=1)
    writer.append([prediction("0")])

    def full(folder: Path, worker: str) -> NoReturn:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "begin", full)
        writer.append([prediction("1")])
    writer.append([prediction("2")])

    older, newer = [path.read_bytes() for path in segments(tmp_path).values()]
    assert older == encode([prediction("0"), prediction("1")])
    assert newer == encode([prediction("2")])


def test_nobody_else_may_read_a_segment(tmp_path):
    opened(tmp_path).append([prediction()])

    (path,) = segments(tmp_path).values()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_worker_is_named_so_that_its_segments_are_found(tmp_path):
    with pytest.raises(ValueError, match="worker"):
        opened(tmp_path, worker="host/1")


def test_several_writers_do_not_mix(tmp_path):
    def write(worker: str) -> None:
        writer = opened(tmp_path, worker=worker, rotate_bytes=5000)
        for number in range(200):
            writer.append([prediction(f"{worker}-{number}", row) for row in range(3)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ["a", "b", "c", "d"]))

    counts = Counter(record.request_id for record in records_in(tmp_path))
    assert counts == {f"{w}-{n}": 3 for w in "abcd" for n in range(200)}


@pytest.mark.parametrize("n_kills", [15, pytest.param(100, marks=pytest.mark.server)])
def test_what_was_acknowledged_survives_a_kill_at_any_moment(tmp_path, n_kills: int):
    rng = Random(n_kills)  # noqa: S311 (moments to kill at)
    for kill in range(n_kills):
        folder, n_rows = tmp_path / str(kill), rng.choice([1, 1, 7, 80])

        acknowledged = killed_after(folder, n_rows, rng.randint(1, 80))

        adopt(folder)
        assert len(closed_segments(folder)) == len(segments(folder))
        logged = Counter(record.request_id for record in records_in(folder))
        assert [logged[request] for request in acknowledged] == (
            [n_rows] * len(acknowledged)
        )
        # And no more than the one that it was about to acknowledge.
        assert len(logged) - len(acknowledged) in {0, 1}


def killed_after(folder: Path, n_rows: int, n_requests: int) -> list[str]:
    """Fork a writer, kill it after some requests; returns what it acknowledged."""
    heard, told = os.pipe()
    process = os.fork()
    if process == 0:
        append_and_tell(folder, n_rows, told)
    os.close(told)
    with os.fdopen(heard) as lines:
        acknowledged = [lines.readline() for _ in range(n_requests)]
        os.kill(process, signal.SIGKILL)
        acknowledged += lines.readlines()
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    return [line.strip() for line in acknowledged]


def append_and_tell(folder: Path, n_rows: int, told: int) -> NoReturn:
    """Append until killed, and say of each request that it is logged."""
    try:
        writer = opened(folder, rotate_bytes=20_000)
        for number in count():
            writer.append([prediction(str(number), row) for row in range(n_rows)])
            os.write(told, f"{number}\n".encode())
    finally:
        os._exit(1)


def test_a_disk_without_space_refuses_the_request_and_leaves_no_half_line(small_disk):
    writer = opened(small_disk)
    requests = fill(writer)

    with pytest.raises(LogFullError, match="No space left on device") as caught:
        writer.append([big("late")])

    assert "late" not in str(caught.value)
    assert [record.request_id for record in records_in(small_disk)] == requests
    assert writer.n_not_logged == 2


def test_a_disk_without_space_is_served_on_and_counted(small_disk):
    writer = opened(small_disk, on_full="serve")
    for number in range(1000):
        writer.append([big(str(number))])

    logged = [record.request_id for record in records_in(small_disk)]
    assert logged == [str(number) for number in range(len(logged))]
    assert writer.n_appended == len(logged) < 1000
    assert writer.n_not_logged == 1000 - len(logged)


def test_after_a_full_disk_got_space_the_log_goes_on_without_a_scratch(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 100_000)
    writer = opened(small_disk, rotate_bytes=30_000)
    requests = fill(writer)

    ballast.unlink()
    writer.append([big("late")])

    assert [one.request_id for one in records_in(small_disk)] == [*requests, "late"]


def test_a_file_at_its_limit_refuses_like_a_full_disk(tmp_path):
    writer, limit = opened(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit[1]))
    try:
        requests = fill(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert [record.request_id for record in records_in(tmp_path)] == requests


def test_a_log_that_cannot_be_opened_refuses_in_one_line(tmp_path):
    (tmp_path / "log").touch()

    with pytest.raises(LogFullError, match="File exists") as caught:
        opened(tmp_path / "log").append([prediction("r-secret")])

    assert "r-secret" not in str(caught.value)


def test_where_not_even_the_half_line_can_be_cut_off_another_segment_is_begun(
    tmp_path, monkeypatch
):
    writer = opened(tmp_path)
    writer.append([prediction("0")])
    write, calls = os.write, iter([10, OSError(5, "Input/output error")])

    def failing(descriptor: int, content: memoryview) -> int:
        step = next(calls)
        if isinstance(step, OSError):
            raise step
        return write(descriptor, content[:step])

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "write", failing)
        patch.setattr(module.os, "ftruncate", lambda *_: Path("/nowhere").stat())
        with pytest.raises(LogFullError):
            writer.append([prediction("1")])
    writer.append([prediction("2")])

    torn, whole = [path.read_bytes() for path in segments(tmp_path).values()]
    assert torn.endswith(b'\n{"kind":"p')
    assert decode(whole[:-1]) == prediction("2")


def big(request_id: str) -> Prediction:
    return prediction(request_id, customer="c" * LINE_BYTES)


def fill(writer: SegmentWriter) -> list[str]:
    """Append one at a time until one is refused; returns those that were not."""
    for number in range(10_000):
        try:
            writer.append([big(str(number))])
        except LogFullError:
            return [str(before) for before in range(number)]
    raise AssertionError("the disk never was full")


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path):
    with small_disk(tmp_path / "disk", 200) as folder:
        yield folder
