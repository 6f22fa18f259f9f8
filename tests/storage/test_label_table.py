"""Labels that were handed over once, kept for all later looks."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from deltalake import DeltaTable

from churn.monitoring.labels import PLACED
from storage.delta import TABLES_URL, TableError
from storage.label_table import LabelTable

MAY, JUNE = date(2025, 5, 31), date(2025, 6, 1)
KNOWN = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def table(tmp_path):
    return LabelTable.of("small", environ={TABLES_URL: str(tmp_path)})


def rows(*said, file="one.csv"):
    placed = [(*one, KNOWN, file, place) for place, one in enumerate(said)]
    return pl.DataFrame(placed, schema=PLACED, orient="row")


def test_before_any_label_there_is_none(table):
    assert table.read(MAY, JUNE).equals(PLACED.to_frame())


def test_rows_are_found_by_day_with_the_place_where_they_stood_first(table):
    table.keep(rows(("b", JUNE, True), ("a", MAY, False)))
    table.keep(rows(("a", MAY, False), ("a", MAY, True), file="two.csv"))

    assert table.read(MAY, MAY).rows() == [
        ("a", MAY, False, KNOWN, "one.csv", 1),
        ("a", MAY, True, KNOWN, "two.csv", 1),
    ]
    assert table.read(JUNE, JUNE)["customer_id"].to_list() == ["b"]


def test_what_is_there_already_is_not_written_again(table):
    table.keep(rows(("a", MAY, False), ("b", JUNE, True)))
    version = DeltaTable(table.url).version()

    table.keep(rows(("b", JUNE, True), file="two.csv"))

    assert DeltaTable(table.url).version() == version


def test_a_table_of_something_else_is_told_with_the_way_out(table):
    pl.DataFrame({"other": [1]}).write_delta(table.url)

    with pytest.raises(TableError, match="small"):
        table.read(MAY, JUNE)
