import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from churn.errors import ConfigError
from storage.daily import DailyDocuments
from storage.delta import TableError

DAY = date(2024, 5, 30)
NOW = datetime(2024, 6, 2, 3, tzinfo=UTC)


@pytest.fixture
def table(tmp_path: Path) -> DailyDocuments:
    return DailyDocuments(str(tmp_path / "a folder" / "profiles"), environ={})


def kept(table: DailyDocuments, n_days: int = 400) -> dict[tuple[int, str], str]:
    since, until = DAY, DAY + timedelta(days=n_days)
    return {
        ((one.day - DAY).days, one.key): one.document
        for one in table.read(since, until)
    }


def test_documents_are_found_by_day_in_order(table: DailyDocuments) -> None:
    for k in (3, 0, 1):
        texts = {"log:1": f"ü{k}", "batch:1": "{}"}
        table.put(DAY + timedelta(days=k), texts, written_at=NOW)

    found = table.read(DAY, DAY + timedelta(days=2))

    assert [(one.day.day, one.key) for one in found] == [
        (30, "batch:1"),
        (30, "log:1"),
        (31, "batch:1"),
        (31, "log:1"),
    ]
    assert found[1].document == "ü0"
    assert found[1].written_at == NOW


def test_a_document_is_replaced_and_its_neighbours_stay(table: DailyDocuments) -> None:
    table.put(DAY, {"a": "1", "b": "2"}, written_at=NOW)
    table.put(DAY + timedelta(days=1), {"a": "3"}, written_at=NOW)

    table.put(DAY, {"a": "new", "it's": "4"}, written_at=NOW)

    assert len(table.read(DAY, date.max)) == 4
    assert kept(table) == {
        (0, "a"): "new",
        (0, "b"): "2",
        (0, "it's"): "4",
        (1, "a"): "3",
    }


def test_a_document_is_removed_in_the_commit_that_brings_another(
    table: DailyDocuments,
) -> None:
    table.put(DAY, {"a": "1", "b": "2"}, written_at=NOW)

    table.put(DAY, {"a": None, "c": "3", "never there": None}, written_at=NOW)

    assert kept(table) == {(0, "b"): "2", (0, "c"): "3"}
    assert DeltaTable(table.url).version() == 2


def test_putting_the_same_again_writes_nothing(table: DailyDocuments) -> None:
    table.put(DAY, {"a": "1", "b": "2"}, written_at=NOW)
    before = DeltaTable(table.url).version()

    table.put(DAY, {"b": "2"}, written_at=NOW + timedelta(days=9))
    table.put(DAY, {}, written_at=NOW)

    assert DeltaTable(table.url).version() == before
    assert {one.written_at for one in table.read(DAY, DAY)} == {NOW}


def test_there_being_no_table_yet_is_no_error(table: DailyDocuments) -> None:
    assert table.read(DAY, DAY) == []


def test_writers_of_one_month_lose_nothing(table: DailyDocuments) -> None:
    def write(k: int) -> None:
        other = DailyDocuments(table.url, environ={})
        for day in range(3):
            one = DAY + timedelta(days=day)
            other.put(one, {"same": str(k), f"own {k}": "x"}, written_at=NOW)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))

    found = kept(table)
    assert len(found) == 3 * 4
    assert all(found[day, f"own {k}"] == "x" for day in range(3) for k in range(3))


def test_a_month_is_one_file_however_often_it_is_written(table: DailyDocuments) -> None:
    for k in range(12):
        day = DAY + timedelta(days=7 * k)
        table.put(day, {"a": json.dumps([k] * 100)}, written_at=NOW)

    files = DeltaTable(table.url).file_uris()

    assert len(kept(table)) == 12
    assert len(files) == 4


def test_a_table_of_other_columns_is_named(table: DailyDocuments) -> None:
    write_deltalake(table.url, pl.DataFrame({"day": [DAY], "text": ["x"]}))

    with pytest.raises(TableError, match="has no column month"):
        table.put(DAY, {"a": "1"}, written_at=NOW)


def test_a_file_that_is_gone_is_told_in_one_line(table: DailyDocuments) -> None:
    table.put(DAY, {"a": "1"}, written_at=NOW)
    for file in Path(table.url).rglob("*.parquet"):
        file.unlink()

    with pytest.raises(TableError, match="run the pipeline again") as told:
        table.read(DAY, DAY)

    assert "\n" not in str(told.value)


def test_a_stack_without_tables_has_no_documents() -> None:
    with pytest.raises(ConfigError, match="names no tables"):
        DailyDocuments.of("health/bank", environ={})
