"""A reader misses nothing and reads nothing twice, however the files come and go."""

import threading
from pathlib import Path

import pytest

from storage.predictions import tail as module
from storage.predictions.record import encode
from storage.predictions.segments import close, closed_segments, segments
from storage.predictions.tail import Tail
from storage.predictions.writer import SegmentWriter
from tests.storage.predictions.records import feedback, prediction

FIRST = "20250102T030405000006Z-w1-0123456789ab"
SECOND = "20250102T030405000007Z-w2-0123456789ab"


def writer(
    folder: Path, worker: str = "w1", rotate_bytes: int = 10**6
) -> SegmentWriter:
    return SegmentWriter(
        folder,
        worker=worker,
        rotate_bytes=rotate_bytes,
        rotate_seconds=60,
        on_full="refuse",
    )


def ids(records) -> list[str]:
    return [record.request_id for record in records]


def test_what_is_appended_is_read_once(tmp_path):
    log, tail = writer(tmp_path), Tail(tmp_path)
    log.append([prediction("0"), feedback("1")])

    assert tail.poll(10) == [prediction("0"), feedback("1")]
    assert tail.poll(10) == []
    log.append([prediction("2")])
    assert tail.poll(10) == [prediction("2")]


def test_a_log_that_nobody_began_yet_is_empty(tmp_path):
    tail = Tail(tmp_path / "log")

    assert (tail.poll(1), tail.lag_bytes(), tail.skip_to_end()) == ([], 0, 0)


def test_no_more_are_read_than_asked_and_the_lag_is_the_rest(tmp_path):
    records = [prediction(str(number)) for number in range(5)]
    writer(tmp_path).append(records)
    tail = Tail(tmp_path)

    assert tail.poll(2) == records[:2]
    assert tail.lag_bytes() == len(encode(records[2:]))
    assert tail.poll(2) == records[2:4]
    assert tail.poll(2) == records[4:]
    assert tail.lag_bytes() == 0


def test_a_torn_line_waits_until_it_is_complete(tmp_path):
    path, line = tmp_path / f"{FIRST}.open", encode([prediction("0")])
    path.write_bytes(line + line[:40])
    tail = Tail(tmp_path)

    assert tail.poll(10) == [prediction("0")]
    assert tail.poll(10) == []
    path.write_bytes(line + line)
    assert tail.poll(10) == [prediction("0")]
    assert tail.n_bad == 0


def test_a_line_torn_for_ever_is_counted_once_its_segment_is_closed(tmp_path):
    path, line = tmp_path / f"{FIRST}.open", encode([prediction("0")])
    path.write_bytes(line + line[:40])
    tail = Tail(tmp_path)
    tail.poll(10)

    close(path)

    assert [tail.poll(10), tail.poll(10)] == [[], []]
    assert (tail.n_bad, tail.lag_bytes()) == (1, 0)


def test_a_line_that_is_no_record_is_counted_and_the_next_ones_are_read(tmp_path):
    lines = b'{"kind":"x"}\n\xff\n' + encode([prediction("0")])
    (tmp_path / f"{FIRST}.open").write_bytes(lines)
    tail = Tail(tmp_path)

    assert tail.poll(1) == [prediction("0")]
    assert tail.n_bad == 2


def test_a_line_longer_than_a_chunk_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_BYTES", 16)
    records = [prediction(str(number), customer="c" * 99) for number in range(3)]
    writer(tmp_path).append(records)

    assert Tail(tmp_path).poll(10) == records


def test_a_segment_closed_and_removed_after_it_was_opened_is_read_to_its_end(tmp_path):
    log, tail = writer(tmp_path), Tail(tmp_path)
    log.append([prediction("0"), prediction("1")])
    assert ids(tail.poll(1)) == ["0"]

    log.append([prediction("2")])
    log.close()
    (path,) = closed_segments(tmp_path)
    path.unlink()

    assert ids(tail.poll(10)) == ["1", "2"]
    assert tail.poll(10) == []
    assert tail.position == {}


def test_a_reader_goes_on_where_another_stopped(tmp_path):
    log, first = writer(tmp_path), Tail(tmp_path)
    log.append([prediction(str(number)) for number in range(4)])
    log.close()
    log.append([prediction("4"), prediction("5")])
    assert ids(first.poll(2)) == ["0", "1"]

    second = Tail(tmp_path, first.position)
    assert ids(second.poll(3)) == ["2", "3", "4"]
    third = Tail(tmp_path, second.position)
    assert ids(third.poll(9)) == ["5"]
    assert third.lag_bytes() == 0
    assert Tail(tmp_path, third.position).poll(9) == []


def test_what_was_skipped_is_counted_and_not_read(tmp_path):
    log, tail = writer(tmp_path, rotate_bytes=2000), Tail(tmp_path)
    for number in range(10):
        log.append([prediction(str(number))])

    assert len(segments(tmp_path)) > 1
    assert tail.skip_to_end() == 10
    assert (tail.poll(10), tail.lag_bytes()) == ([], 0)
    log.append([prediction("late")])
    assert ids(tail.poll(10)) == ["late"]


def test_a_write_that_was_taken_back_leaves_no_lag(tmp_path):
    path, line = tmp_path / f"{FIRST}.open", encode([prediction("0")])
    path.write_bytes(line * 3)
    tail = Tail(tmp_path)
    tail.poll(10)

    path.write_bytes(line)

    assert (tail.lag_bytes(), tail.poll(10)) == (0, [])


def test_the_segments_of_all_workers_are_read_the_oldest_first(tmp_path):
    (tmp_path / f"{SECOND}.open").write_bytes(encode([prediction("1")]))
    (tmp_path / f"{FIRST}.open").write_bytes(encode([prediction("0")]))

    assert ids(Tail(tmp_path).poll(10)) == ["0", "1"]


@pytest.mark.parametrize("is_shipped", [False, True])
def test_nothing_is_lost_or_doubled_while_writers_rotate_under_the_reader(
    tmp_path, is_shipped: bool
):
    workers, n_each = ["a", "b", "c"], 400

    def write(worker: str) -> None:
        log = writer(tmp_path, worker, rotate_bytes=4000)
        for number in range(n_each):
            log.append([prediction(f"{worker}-{number}")])
        log.close()

    threads = [threading.Thread(target=write, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    tail, read = Tail(tmp_path), []
    while any(thread.is_alive() for thread in threads) or tail.lag_bytes():
        read += ids(tail.poll(50))
        if is_shipped and tail.lag_bytes() == 0:
            remove_what_was_read(tmp_path, tail)

    for worker in workers:
        own = [one for one in read if one.startswith(worker)]
        assert own == [f"{worker}-{number}" for number in range(n_each)]
    tail.close()


def remove_what_was_read(folder: Path, tail: Tail) -> None:
    for path in closed_segments(folder):
        if tail.position.get(path.stem) == path.stat().st_size:
            path.unlink()


def test_a_segment_removed_after_the_folder_was_read_is_passed_over(
    tmp_path, monkeypatch
):
    gone = {FIRST: tmp_path / f"{FIRST}.jsonl", SECOND: tmp_path / f"{SECOND}.open"}
    tail = Tail(tmp_path, {FIRST: 5})
    monkeypatch.setattr(module, "segments", lambda _: gone)

    assert tail.poll(10) == []
