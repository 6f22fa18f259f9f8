import sqlite3
from contextlib import closing

import dataframely as dy
import polars as pl
import pytest

from churn.dataset import RawTable
from churn.errors import SourceError
from storage.sources import open_source, part_password, probe, read_tables


class Customers(dy.Schema):
    customer_id = dy.String(primary_key=True)


class Invoices(dy.Schema):
    customer_id = dy.String()
    amount_cents = dy.Int64()


ONE = {"customers": RawTable(schema=Customers)}
TWO = ONE | {"invoices": RawTable(schema=Invoices)}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    pl.DataFrame({"customer_id": ["a"]}).write_csv(folder / "customers.csv")
    invoices = pl.DataFrame({"customer_id": ["a"], "amount_cents": [5]})
    invoices.write_parquet(folder / "invoices.parquet")
    return folder


def test_tables_of_a_folder_are_found_by_name(folder):
    read = read_tables(open_source(str(folder), environ={}), TWO)

    assert {name: frame.height for name, frame in read.items()} == {
        "customers": 1,
        "invoices": 1,
    }


def test_a_single_table_needs_no_particular_name(folder):
    (folder / "customers.csv").rename(folder / "export 2024.csv")
    (folder / "invoices.parquet").unlink()

    for location in (folder, folder / "export 2024.csv"):
        read = read_tables(open_source(str(location), environ={}), ONE)
        assert read["customers"]["customer_id"].to_list() == ["a"]


def test_a_single_table_among_several_is_asked_for(folder):
    (folder / "customers.csv").rename(folder / "people.csv")

    with pytest.raises(SourceError, match=r"no table customers; .*\?table=NAME"):
        read_tables(open_source(str(folder), environ={}), ONE)


def test_a_table_of_a_database_is_picked_by_its_name(folder):
    file = folder / "shop.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE other (x)")
        connection.execute("CREATE TABLE people (customer_id TEXT)")
        connection.execute("INSERT INTO people VALUES ('a')")

    source = open_source(f"sqlite:///{file}?table=people", environ={})

    assert read_tables(source, ONE)["customers"]["customer_id"].to_list() == ["a"]


def test_a_missing_table_is_told_before_anything_is_read(folder):
    (folder / "invoices.parquet").rename(folder / "invoice.parquet")

    with pytest.raises(SourceError, match="no table invoices; nearest is invoice"):
        probe(open_source(str(folder), environ={}), TWO)


def test_a_missing_column_is_told_before_anything_is_read(folder):
    broken = "customer_id,amount_cent\na,1\nb,2,3\n"
    (folder / "invoices.parquet").unlink()
    (folder / "invoices.csv").write_text(broken)

    with pytest.raises(
        SourceError, match="amount_cents is missing; nearest is amount_cent"
    ):
        probe(open_source(str(folder), environ={}), TWO)


def test_an_address_without_its_kind_does_not_show_its_password():
    with pytest.raises(SourceError) as caught:
        open_source("me:s3cret@localhost/shop", environ={})

    assert "s3cret" not in str(caught.value)


def test_a_password_is_parted_from_its_url() -> None:
    source = "postgresql+psycopg://me:s3cret@host:5432/db?table=x"

    address, password = part_password(source)

    assert address == "postgresql+psycopg://me@host:5432/db?table=x"
    assert password == "s3cret"  # noqa: S105 (a made-up one)


@pytest.mark.parametrize("source", ["a.csv", "sqlite:////abs/x.db?table=t"])
def test_what_has_no_password_stays_as_it_is(source: str) -> None:
    assert part_password(source) == (source, None)
