"""Each line that was shipped is in its table once, whatever happened on the way."""

import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from urllib.parse import unquote

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from storage.delta import TableError, open_table
from storage.objects import Objects, open_objects
from storage.predictions import compact as module
from storage.predictions.compact import Compacted, compact
from storage.predictions.record import Record, encode
from storage.predictions.tables import SCHEMAS
from tests.conftest import CHECKOUT
from tests.storage.predictions.records import feedback, prediction, shadow_score
from tests.storage.s3_server import BUCKET

MODEL = "churn-telco"
LINES = {"predictions": 3, "shadow": 1, "feedback": 1, "quarantine": 1}


@pytest.fixture
def url(tmp_path) -> str:
    return str(tmp_path / "our predictions")


def name(number: int) -> str:
    return f"20251113T0213{number:08}Z-w1-0123456789ab"


def segment(number: int) -> bytes:
    """Lines of all kinds; of a segment's three answers none is equal to another's."""
    records: list[Record] = [prediction(f"{number}-{n}") for n in range(3)]
    records += [shadow_score(f"{number}-0"), feedback(f"{number}-0")]
    return encode(records) + b"no record\n"


def ship(url: str, numbers: range, environ: dict[str, str] | None = None) -> Objects:
    store = open_objects(f"{url}/{MODEL}", environ=environ or {})
    for number in numbers:
        store.put(f"segments/{name(number)}.jsonl", segment(number))
    return store


def rows(url: str, table: str) -> pl.DataFrame:
    found = open_table(f"{url}/{MODEL}/{table}")
    assert found is not None
    return pl.DataFrame(found.to_pyarrow_table())


def check_exactly_once(url: str, n_segments: int) -> None:
    for table, n_lines in LINES.items():
        counts = Counter(rows(url, table)["segment"])
        assert counts == {name(number): n_lines for number in range(n_segments)}


def test_each_line_comes_into_its_table_and_the_segments_go(url):
    store = ship(url, range(3))

    done = compact(url, MODEL, environ={})

    assert done == Compacted(3, {table: 3 * n for table, n in LINES.items()})
    check_exactly_once(url, 3)
    assert store.list("segments") == []
    assert compact(url, MODEL, environ={}) == Compacted(0, dict.fromkeys(LINES, 0))


def test_a_row_says_what_the_record_said(url):
    ship(url, range(1))

    compact(url, MODEL, environ={})

    (row,) = rows(url, "predictions").filter(request_id="0-2").to_dicts()
    assert row == {
        "segment": name(0),
        "line": 2,
        "day": date(2025, 11, 13),
        "at": datetime(2025, 11, 13, 2, 13, 20, tzinfo=UTC),
        "request_id": "0-2",
        "customer": "c1",
        "row": 0,
        "snapshot_date": date(2025, 11, 1),
        "customer_value": 840.0,
        "values": '{"tenure_months":4,"contract":"Month-to-month","charges":70.35}',
        "probability": 0.34,
        "is_contacted": True,
        "version": "3",
        "sequence": 12,
        "arm": "champion",
        "failed": None,
        "latency_us": 184,
        "warnings": ["contract: unknown_category"],
    }
    (score,) = rows(url, "shadow").to_dicts()
    assert (score["probability"], score["champion_probability"]) == (0.36, 0.34)
    assert rows(url, "feedback")["truth"].to_list() == [1.0]


def test_the_columns_are_those_declared_though_all_their_values_are_absent(url):
    store = open_objects(f"{url}/{MODEL}", environ={})
    bare = prediction(
        customer=None, snapshot_date=None, customer_value=None, warnings=()
    )
    store.put(f"segments/{name(0)}.jsonl", encode([bare]))

    compact(url, MODEL, environ={})

    assert rows(url, "predictions").schema == SCHEMAS["predictions"]


def test_a_line_that_is_no_record_is_kept_with_the_reason(url):
    store = open_objects(f"{url}/{MODEL}", environ={})
    torn = encode([feedback()])[:-9]
    store.put(f"segments/{name(0)}.jsonl", b"\xff\n" + encode([feedback()]) + torn)

    done = compact(url, MODEL, environ={})

    assert done.n_rows["quarantine"] == 2
    kept = rows(url, "quarantine").sort("line").to_dicts()
    assert [line["line"] for line in kept] == [0, 2]
    assert [line["content"] for line in kept] == [b"\xff", torn]
    assert "truncated" in kept[1]["reason"]


def test_a_segment_sent_again_after_it_was_taken_in_adds_nothing(url):
    ship(url, range(2))
    compact(url, MODEL, environ={})

    store = ship(url, range(3))
    done = compact(url, MODEL, environ={})

    assert done.n_rows == LINES
    check_exactly_once(url, 3)
    assert store.list("segments") == []


def test_other_files_beside_the_segments_are_left(url):
    store = ship(url, range(1))
    store.put("segments/notes.txt", b"x")

    compact(url, MODEL, environ={})

    assert [one.path for one in store.list("segments")] == ["segments/notes.txt"]


def test_segments_that_do_not_fit_together_are_taken_in_one_after_another(
    url, monkeypatch
):
    monkeypatch.setattr(module, "BATCH_BYTES", len(segment(0)) + 1)
    ship(url, range(3))

    assert compact(url, MODEL, environ={}).n_segments == 3

    check_exactly_once(url, 3)
    # An empty table and a commit a batch.
    assert open_table(f"{url}/{MODEL}/feedback").version() == 3


def test_the_tables_log_names_no_customer(url):
    store = open_objects(f"{url}/{MODEL}", environ={})
    values = {"secret-feature": "secret-value"}
    kept = prediction("secret-request", customer="secret-id", values=values)
    store.put(f"segments/{name(0)}.jsonl", encode([kept]) + b"secret-line\n")

    compact(url, MODEL, environ={})

    logs = list(Path(url).rglob("_delta_log/*.json"))
    content = b"".join(path.read_bytes() for path in logs)
    assert name(0).encode() in content
    assert b"secret" not in content


class Stopped(BaseException):
    """What stands for a killed process."""


def steps(url: str, monkeypatch: pytest.MonkeyPatch, stop_after: int) -> int:
    """Compact, stopping after so many steps that change the store; returns how many."""
    taken = 0

    def counted(function):
        def step(*args, **kwargs):
            nonlocal taken
            if taken == stop_after:
                raise Stopped
            done = function(*args, **kwargs)
            taken += 1
            return done

        return step

    with monkeypatch.context() as patch:
        kind = type(open_objects(url, environ={}))
        patch.setattr(kind, "delete", counted(kind.delete))
        patch.setattr(kind, "put_if", counted(kind.put_if))
        patch.setattr(module, "write_deltalake", counted(module.write_deltalake))
        try:
            compact(url, MODEL, environ={})
        except Stopped:
            return taken
    return taken


def test_stopped_between_any_two_steps_the_next_run_makes_it_whole(
    tmp_path, monkeypatch
):
    # Two segments: four tables created, four commits, two segments removed.
    for stop_after in range(10):
        url = str(tmp_path / str(stop_after))
        ship(url, range(2))

        assert steps(url, monkeypatch, stop_after) == stop_after
        ship(url, range(1, 3))
        compact(url, MODEL, environ={})

        check_exactly_once(url, 3)


@pytest.mark.server
def test_killed_at_any_moment_the_next_run_makes_it_whole(url):
    rng, n_segments, n_kills = Random(3), 12, 30  # noqa: S311 (moments to kill at)
    code = (
        "from storage.predictions import compact as c; c.BATCH_BYTES = 1;"
        f"print(flush=True); c.compact({url!r}, {MODEL!r}, environ={{}})"
    )
    for kill in range(n_kills):
        ship(
            url, range(n_segments * kill // n_kills, n_segments * (kill + 1) // n_kills)
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=CHECKOUT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0, 0.3))
            process.kill()

    compact(url, MODEL, environ={})

    check_exactly_once(url, n_segments)


def test_of_two_runs_at_once_each_line_comes_in_once(url):
    for first in (0, 4, 8):
        ship(url, range(first, first + 4))
        with ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(compact, url, MODEL, environ={}) for _ in range(3)]
        for run in runs:
            run.result()

    check_exactly_once(url, 12)


def test_a_commit_that_did_not_last_is_made_again(url, monkeypatch):
    """A store without atomic creation lets two writers have the same version."""
    ship(url, range(2))
    write, lost = write_deltalake, []

    def losing(table: DeltaTable, *args, **kwargs) -> None:
        write(table, *args, **kwargs)
        if not lost:
            version = DeltaTable(table.table_uri).version()
            log = Path(unquote(table.table_uri.removeprefix("file://")), "_delta_log")
            (log / f"{version:020}.json").unlink()
            lost.append(version)

    monkeypatch.setattr(module, "write_deltalake", losing)
    compact(url, MODEL, environ={})

    assert lost
    check_exactly_once(url, 2)


def test_a_broken_table_is_told_in_one_line_and_keeps_the_segments(url):
    store = ship(url, range(1))
    compact(url, MODEL, environ={})
    ship(url, range(1, 2))
    log = Path(url, MODEL, "predictions", "_delta_log")
    (log / f"{0:020}.json").write_text("broken")

    with pytest.raises(TableError, match="segments it lacks are still") as caught:
        compact(url, MODEL, environ={})

    assert "\n" not in str(caught.value)
    assert len(store.list("segments")) == 1


def test_a_table_of_an_older_program_gets_the_columns_added_since(url, monkeypatch):
    newer = SCHEMAS["feedback"]
    older = {column: dtype for column, dtype in newer.items() if column != "reward"}
    ship(url, range(1))
    with monkeypatch.context() as patch:
        patch.setitem(SCHEMAS, "feedback", older)
        compact(url, MODEL, environ={})

    ship(url, range(1, 2))
    compact(url, MODEL, environ={})

    assert set(rows(url, "feedback").columns) == set(newer)
    check_exactly_once(url, 2)


@pytest.fixture
def s3(s3, monkeypatch) -> dict[str, str]:
    """The tables' library reads the environment itself."""
    for variable, value in s3.items():
        monkeypatch.setenv(variable, value)
    return s3


@pytest.mark.server
def test_in_a_bucket_each_line_is_in_its_table_once(s3):
    url = f"s3://{BUCKET}/our predictions"
    store = ship(url, range(4), s3)
    compact(url, MODEL, environ=s3)
    ship(url, range(2, 6), s3)

    done = compact(url, MODEL, environ=s3)

    assert done.n_rows == {table: 2 * n for table, n in LINES.items()}
    check_exactly_once(url, 6)
    assert store.list("segments") == []


@pytest.mark.server
def test_in_a_bucket_runs_at_once_take_each_line_in_once(s3):
    url = f"s3://{BUCKET}/at once"
    for first in (0, 4, 8):
        ship(url, range(first, first + 4), s3)
        with ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(compact, url, MODEL, environ=s3) for _ in range(3)]
        for run in runs:
            run.result()

    check_exactly_once(url, 12)
