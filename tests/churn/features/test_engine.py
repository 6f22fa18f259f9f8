import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from churn.errors import DataError
from churn.features.engine import DUCKDB

FRAME = pl.DataFrame({"n": [3, 1, 2]})


def test_a_query_is_answered_over_frames_by_name():
    answer = DUCKDB.run("SELECT SUM(n) AS n FROM numbers", {"numbers": FRAME})

    assert answer["n"].to_list() == [6]


def test_a_query_reads_nothing_outside_its_frames(tmp_path: Path):
    FRAME.write_csv(tmp_path / "numbers.csv")

    with pytest.raises(duckdb.Error, match="disabled"):
        DUCKDB.run(f"SELECT * FROM '{tmp_path}/numbers.csv'", {})


def test_a_query_leaves_nothing_behind(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    DUCKDB.run("SELECT n FROM numbers ORDER BY n", {"numbers": FRAME})

    assert list(tmp_path.iterdir()) == []


def test_a_number_beyond_64_bits_is_a_named_error():
    with pytest.raises(DataError, match="does not fit into 64 bits"):
        DUCKDB.run(f"SELECT CAST({2**62} AS BIGINT) * n AS n FROM t", {"t": FRAME})


def test_conditions_on_times_do_not_depend_on_the_machines_zone(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    moment = datetime(2024, 1, 1, 22, tzinfo=UTC)

    sql = "SELECT hour(t.at) AS h, t.at < '2024-01-02' AS b FROM t"
    answer = DUCKDB.run(sql, {"t": pl.DataFrame({"at": [moment]})})

    assert answer.row(0) == (22, True)
