from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from churn.errors import SourceError
from storage.files import FileSource
from storage.since import Since

FRAME = pl.DataFrame({"id": ["001", "2"], "total": [" ", None]})


@pytest.fixture
def folder(tmp_path):
    FRAME.write_csv(tmp_path / "customers.csv")
    FRAME.write_parquet(tmp_path / "invoices.parquet")
    (tmp_path / "README.md").write_text("Not a table.")
    return tmp_path


@pytest.mark.parametrize("name", ["customers.csv", "invoices.parquet"])
def test_a_file_is_one_table(folder, name):
    source = FileSource(str(folder / name))
    (table,) = source.tables()

    assert table == name.partition(".")[0]
    assert source.columns(table) == ("id", "total")
    assert_frame_equal(source.read(table), FRAME)


def test_a_folder_holds_a_table_per_file(folder):
    assert FileSource(str(folder)).tables() == ("customers", "invoices")


def test_values_of_a_csv_stay_text_and_only_the_empty_one_is_missing(folder):
    found = FileSource(str(folder)).read("customers")

    assert found.rows() == [("001", " "), ("2", None)]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfid,x\n1,2\n")

    assert FileSource(str(tmp_path)).columns("a") == ("id", "x")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "customer.csv",
            "no file or folder .*customer.csv; .* nearest is customers.csv",
        ),
        ("README.md", "ends in .md; a source is a file ending in .csv or .parquet"),
        ("nowhere/customers.csv", "no file or folder .*there is no folder .*nowhere"),
    ],
)
def test_a_path_that_is_no_source_is_told(folder, name, message):
    with pytest.raises(SourceError, match=message):
        FileSource(str(folder / name))


def test_an_empty_folder_is_told(tmp_path):
    (tmp_path / "note.txt").touch()

    with pytest.raises(SourceError, match=r"no file ending in .* found note.txt"):
        FileSource(str(tmp_path))


def test_a_table_in_two_files_is_told(folder):
    FRAME.write_csv(folder / "invoices.csv")

    with pytest.raises(SourceError, match="table invoices twice"):
        FileSource(str(folder))


def test_a_table_that_is_not_there_is_told_with_the_nearest(folder):
    with pytest.raises(SourceError, match="no table customer; nearest is customers"):
        FileSource(str(folder)).read("customer")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "empty CSV"),
        ("a.csv", b"x,\xff\n1,2\n", "utf-8"),
        ("a.csv", b"x,x\n1,2\n", "two columns are named 'x'"),
        ("a.parquet", b"x,y\n1,2\n", "cannot be read as parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_line(
    tmp_path, name, content, reason
):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(SourceError, match=reason) as caught:
        FileSource(str(tmp_path)).columns("a")

    assert "\n" not in str(caught.value)


def test_a_csv_with_too_many_values_in_a_row_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n1,Ada,3\n")

    with pytest.raises(SourceError, match=r"a.csv cannot be read as csv") as told:
        FileSource(str(tmp_path)).read("a")
    assert "Ada" not in str(told.value)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_rows_before_a_moment_are_left_in_the_file(tmp_path, suffix):
    moments = ["2024-01-01 00:00:00", "2024-01-02 00:00:00", None, "soon"]
    frame = pl.DataFrame({"at": moments, "n": ["1", "2", "3", "4"]})
    write = frame.write_csv if suffix == "csv" else frame.write_parquet
    write(tmp_path / f"orders.{suffix}")
    since = Since("at", datetime(2024, 1, 2, tzinfo=UTC), "UTC")

    found = FileSource(str(tmp_path)).read("orders", since)

    assert found["n"].to_list() == ["2", "3", "4"]
