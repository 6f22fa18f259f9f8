"""Landing: only what is new is read, nothing is landed twice, doubles stay doubles."""

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dataframely as dy
import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from churn.contracts import validate
from churn.dataset import FIRST_SEEN, RawTable
from churn.errors import ConfigError, SourceError
from datasets.catalogue import load
from storage.delta import TableError
from storage.landing import as_text, land_tables, not_among
from storage.sources import open_source, read_tables
from tests.datasets.rows import good_rows

NOW = datetime(2024, 5, 1, tzinfo=UTC)


class Orders(dy.Schema):
    customer_id = dy.String()
    at = dy.Datetime(time_unit="us", time_zone="UTC")
    known_at = dy.Datetime(time_unit="us", time_zone="UTC")


class SeenOrders(dy.Schema):
    customer_id = dy.String()
    at = dy.Datetime(time_unit="us", time_zone="UTC")
    first_seen_at = dy.Datetime(time_unit="us", time_zone="UTC")


TOLD = RawTable(schema=Orders, event_time="at", known_at="known_at")
SEEN = RawTable(schema=SeenOrders, event_time="at", known_at=FIRST_SEEN)
STATIC = RawTable(schema=Orders)


class Shop:
    """A source of one table, the folder it lands in, and a clock."""

    def __init__(self, folder: Path, table: RawTable = TOLD) -> None:
        self.source, self.landing = folder / "source", folder / "landing"
        self.table, self.reads = table, 0
        self.source.mkdir()

    def write(self, *rows, columns=("customer_id", "at", "known_at")) -> None:
        schema = dict.fromkeys(columns, pl.String())
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        frame.write_csv(self.source / "orders.csv")

    def land(self) -> pl.DataFrame:
        source = open_source(str(self.source), environ={})
        now = NOW + timedelta(days=self.reads)
        self.reads += 1
        landed = land_tables(source, {"orders": self.table}, str(self.landing), now=now)
        return landed["orders"]

    @property
    def version(self) -> int:
        return DeltaTable(self.landing / "orders").version()


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def row(customer, day, known=None):
    return (
        customer,
        f"2024-03-{day:02}T00:00:00Z",
        f"2024-03-{known or day:02}T00:00:00Z",
    )


def seen_days(landed):
    return [(moment - NOW).days for moment in landed[FIRST_SEEN]]


def test_what_was_landed_is_returned_as_text_with_the_moment_it_was_seen(shop):
    shop.write(row("b", 2), row("a", 1))

    landed = shop.land()

    assert landed.drop(FIRST_SEEN).rows() == [row("a", 1), row("b", 2)]
    assert landed[FIRST_SEEN].to_list() == [NOW, NOW]


def test_reading_again_adds_nothing(shop):
    shop.write(row("a", 1), row("a", 1), row("b", 2))
    first = shop.land()

    again = shop.land()

    assert_frame_equal(again, first)
    assert shop.version == 0


def test_new_rows_are_added_and_the_old_keep_their_moment(shop):
    shop.write(row("a", 1), row("b", 2))
    shop.land()
    shop.write(row("a", 1), row("b", 2), row("b", 2), row("c", 3))

    landed = shop.land()

    assert landed["customer_id"].to_list() == ["a", "b", "b", "c"]
    assert seen_days(landed) == [0, 0, 1, 1]


def test_rows_before_the_watermark_are_not_read_again(shop):
    shop.write(row("a", 1), row("b", 2))
    shop.land()
    shop.write(row("late", 1), row("b", 2), row("correction", 1, known=3))

    landed = shop.land()

    assert landed["customer_id"].to_list() == ["a", "b", "correction"]


def test_a_source_that_reads_more_than_it_was_asked_for_lands_the_same(tmp_path):
    # SQLite keeps times as text of any form and is asked for all rows.
    url = f"sqlite:///{tmp_path}/shop.db"

    def deliver(*rows):
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
            connection.execute("DROP TABLE IF EXISTS orders")
            connection.execute("CREATE TABLE orders (customer_id, at, known_at)")
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
        source = open_source(url, environ={})
        return land_tables(source, {"orders": TOLD}, str(tmp_path / "l"), now=NOW)

    deliver(row("a", 1), row("b", 2))
    landed = deliver(row("late", 1), row("b", 2), row("c", 3))["orders"]

    assert landed["customer_id"].to_list() == ["a", "b", "c"]


def test_a_row_that_vanished_from_the_source_stays(shop):
    shop.write(row("a", 1), row("b", 2))
    shop.land()
    shop.write(row("b", 2))

    assert shop.land()["customer_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    "known_at", ["soon", "2024-03-01 00:00", "2999-01-01T00:00:00Z"]
)
def test_a_moment_that_cannot_be_is_landed_once_and_moves_no_watermark(shop, known_at):
    broken = ("x", "2024-03-01T00:00:00Z", known_at)
    shop.write(row("a", 1), broken)
    shop.land()
    shop.write(row("a", 1), broken, row("b", 2))

    landed = shop.land()

    assert sorted(landed["customer_id"]) == ["a", "b", "x"]


def test_rows_known_when_first_seen_are_found_however_late_they_are(tmp_path):
    shop = Shop(tmp_path, SEEN)
    shop.write(row("b", 2), row("c", 3))
    shop.land()
    shop.write(row("b", 2), row("c", 3), row("a", 1), row("c", 3))

    landed = shop.land()
    good = validate({"orders": SEEN}, {"orders": landed}).good["orders"]

    assert landed["customer_id"].to_list() == ["b", "c", "a", "c"]
    assert [(m - NOW).days for m in good[FIRST_SEEN]] == [0, 0, 1, 1]


def test_a_full_load_cannot_tell_when_a_row_was_first_seen(tmp_path):
    shop = Shop(tmp_path, SEEN)
    shop.write(row("a", 1))

    with pytest.raises(ConfigError, match="orders: .*; give --set load=incremental"):
        read_tables(open_source(str(shop.source), environ={}), {"orders": SEEN})


def test_a_table_without_times_is_replaced_when_it_changes(tmp_path):
    shop = Shop(tmp_path, STATIC)
    shop.write(row("a", 1), row("b", 2))
    shop.land()
    shop.write(row("b", 2), row("a", 1))
    assert seen_days(shop.land()) == [0, 0]
    shop.write(row("b", 2), row("c", 2))

    landed = shop.land()

    assert landed["customer_id"].to_list() == ["b", "c"]
    assert shop.version == 1


def test_rows_of_another_source_are_kept_apart(shop, tmp_path):
    shop.write(row("a", 1))
    shop.land()
    shop.source = shop.source.rename(tmp_path / "elsewhere")

    with pytest.raises(TableError, match="holds rows of .*/source, and the source is"):
        shop.land()


def test_a_source_with_another_column_is_told_by_its_name(shop):
    shop.write(row("a", 1))
    shop.land()
    shop.write((*row("a", 1), "x"), columns=("customer_id", "at", "known_at", "note"))

    with pytest.raises(TableError, match="has no column note; .* delete"):
        shop.land()


def test_a_source_must_not_bring_the_column_that_landing_adds(shop):
    shop.write(
        (*row("a", 1), "x"), columns=("customer_id", "at", "known_at", FIRST_SEEN)
    )

    with pytest.raises(SourceError, match="rename it in the source"):
        shop.land()


def test_of_two_runs_that_land_at_once_one_is_told_so(shop, monkeypatch):
    shop.write(row("a", 1))
    shop.land()
    shop.write(row("a", 1), row("b", 2))
    read = type(open_source(str(shop.source), environ={})).read

    def read_while_another_run_lands(source, table, since=None):
        monkeypatch.undo()
        shop.land()
        return read(source, table, since)

    monkeypatch.setattr("storage.files.FileSource.read", read_while_another_run_lands)
    with pytest.raises(TableError, match="another run wrote the same rows"):
        shop.land()

    assert shop.land()["customer_id"].to_list() == ["a", "b"]


def test_of_two_runs_that_land_first_one_is_told_so(shop, monkeypatch):
    shop.write(row("a", 1))
    read = type(open_source(str(shop.source), environ={})).read

    def read_while_another_run_lands(source, table, since=None):
        monkeypatch.undo()
        shop.land()
        return read(source, table, since)

    monkeypatch.setattr("storage.files.FileSource.read", read_while_another_run_lands)
    with pytest.raises(TableError, match="already exists"):
        shop.land()

    assert shop.land()["customer_id"].to_list() == ["a"]


@pytest.mark.parametrize("dataset", ["subscriptions", "online_retail"])
def test_landed_rows_are_as_good_as_rows_read_at_once(dataset, tmp_path):
    tables, raw = load(dataset).tables, good_rows(dataset)
    (tmp_path / "source").mkdir()
    for name, frame in validate(tables, raw).good.items():
        shown = raw[name] if dataset == "online_retail" else frame
        shown.write_parquet(tmp_path / "source" / f"{name}.parquet")
    source = open_source(str(tmp_path / "source"), environ={})

    for n_days in range(2):
        landed = land_tables(
            source, tables, str(tmp_path / "l"), now=NOW + timedelta(days=n_days)
        )

    at_once = validate(tables, read_tables(source, tables))
    found = validate(tables, landed)
    assert found.quarantined.is_empty()
    for name, good in at_once.good.items():
        columns = good.columns
        assert_frame_equal(found.good[name].sort(columns), good.sort(columns))


values = st.tuples(st.sampled_from(["a", None]), st.integers(1, 3))


@settings(deadline=None, max_examples=20)
@given(deliveries=st.lists(st.lists(values, max_size=5), min_size=1, max_size=3))
def test_after_every_delivery_all_rows_are_there_as_often_as_in_the_source(deliveries):
    with tempfile.TemporaryDirectory() as name:
        shop, rows, day = Shop(Path(name)), [], 1
        for delivery in deliveries:
            # What is delivered later is known later, or at the watermark itself.
            rows = rows[::-1] + [row(who, day + n - 1) for who, n in delivery]
            day = max([day, *(day + n - 1 for _, n in delivery)])
            shop.write(*rows)

            landed, again = shop.land(), shop.land()

            assert Counter(landed.drop(FIRST_SEEN).rows()) == Counter(rows)
            assert_frame_equal(again, landed)


few = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", None])))


@given(rows=few, others=few)
def test_what_is_not_among_others_is_their_difference_as_multisets(rows, others):
    schema = {"x": pl.String(), "y": pl.String()}
    left = pl.DataFrame(rows, schema=schema, orient="row")
    right = pl.DataFrame(others, schema=schema, orient="row")

    assert Counter(not_among(left, right).rows()) == Counter(rows) - Counter(others)


def test_rows_that_arrive_in_any_order_within_the_delay_are_found(tmp_path):
    delayed = RawTable(schema=Orders, event_time="at", delay=timedelta(days=2))
    shop = Shop(tmp_path, delayed)
    shop.write(row("a", 10))
    shop.land()
    shop.write(row("a", 10), row("b", 9))

    assert sorted(shop.land()["customer_id"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series([3.0, 4.5]), pl.Series(["3.00", "4.50"]).cast(pl.Decimal(9, 2))),
        (pl.Series([3, 100]), pl.Series([3.0, 100.0])),
        (
            pl.Series([NOW]).cast(pl.Datetime("ns", "UTC")),
            pl.Series([NOW]).dt.convert_time_zone("Europe/Berlin"),
        ),
    ],
)
def test_a_value_is_the_same_text_however_the_source_stores_it(one, other):
    texts = [
        frame.select(as_text(frame, "v")).to_series().to_list()
        for frame in (one.alias("v").to_frame(), other.alias("v").to_frame())
    ]

    assert texts[0] == texts[1]
