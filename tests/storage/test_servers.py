"""The same rows come out of real servers as out of the file."""

import decimal
from datetime import UTC, datetime

import dataframely as dy
import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from churn.contracts import validate
from churn.dataset import RawTable
from churn.errors import SourceError
from datasets import telco
from storage.databases import PASSWORD_VARIABLE
from storage.landing import land_tables
from storage.since import Since
from storage.sources import open_source, probe, read_tables
from tests.datasets.rows import TELCO, text
from tests.real_data import FOLDER
from tests.storage.servers import PASSWORD, mariadb, postgresql

pytestmark = pytest.mark.server

ENVIRON = {PASSWORD_VARIABLE: PASSWORD}
QUOTED = "p%40ss%3A%20w%2Frd"


class Payments(dy.Schema):
    payment_id = dy.Int64(primary_key=True)
    customer_id = dy.String()
    amount_cents = dy.Int64()
    share = dy.Float64()
    paid_at = dy.Datetime(time_unit="us", time_zone="UTC")
    is_late = dy.Bool()


TYPED = {"payments": RawTable(schema=Payments, time_zone="UTC")}


class Visits(dy.Schema):
    customer_id = dy.String()
    visited_at = dy.Datetime(time_unit="us", time_zone="UTC")
    stamped_at = dy.Datetime(time_unit="us", time_zone="UTC")


def visits(watermark):
    """Visits, told by a clock in Berlin and by a stamp that needs no zone."""
    return {
        "visits": RawTable(
            schema=Visits,
            event_time="visited_at",
            known_at=watermark,
            time_zone="Europe/Berlin",
        )
    }


PAID_AT = datetime(2024, 3, 31, 1, 30, 0, 250_000, tzinfo=UTC)


@pytest.fixture(scope="module", params=[mariadb, postgresql], ids=lambda p: p.__name__)
def server(request):
    with request.param() as server:
        fill(server)
        yield server


def customers():
    file = FOLDER / "telco" / "Telco-Customer-Churn.csv"
    if file.exists():
        return pl.read_csv(file, infer_schema=False)
    ids = [{"customerID": f"{n:04}-AAAAA"} for n in range(500)]
    blank = {"tenure": "0", "TotalCharges": " ", "customerID": "9999-AAAAA"}
    return text(*[TELCO | change for change in (*ids, blank)])


def fill(server):
    """The telco file as text, and a table in the server's own types."""
    engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    raw, meta = customers(), sa.MetaData()
    people = sa.Table(
        "telco", meta, *[sa.Column(c, sa.String(60)) for c in raw.columns]
    )
    payments = sa.Table(
        "payments",
        meta,
        sa.Column("payment_id", sa.BigInteger),
        sa.Column("customer_id", sa.String(20)),
        sa.Column("amount_cents", sa.Numeric(12, 0)),
        sa.Column("share", sa.Numeric(8, 4)),
        sa.Column("paid_at", timestamp(server)),
        sa.Column("is_late", sa.Boolean),
    )
    sa.Table(
        "visits",
        meta,
        sa.Column("customer_id", sa.String(20)),
        sa.Column("visited_at", clock(server)),
        sa.Column("stamped_at", stamp(server)),
    )
    with engine.begin() as connection:
        meta.create_all(connection)
        connection.execute(people.insert(), raw.rows(named=True))
        connection.execute(payments.insert(), [payment(server)])


def payment(server):
    has_zone = server.driver.startswith("postgresql")
    return {
        "payment_id": 1,
        "customer_id": "a",
        "amount_cents": decimal.Decimal(1999),
        "share": decimal.Decimal("0.1250"),
        "paid_at": PAID_AT if has_zone else PAID_AT.replace(tzinfo=None),
        "is_late": True,
    }


def timestamp(server):
    if server.driver.startswith("postgresql"):
        return sa.DateTime(timezone=True)
    return sa.dialects.mysql.DATETIME(fsp=6)


def clock(server):
    if server.driver.startswith("postgresql"):
        return sa.DateTime(timezone=False)
    return sa.dialects.mysql.DATETIME(fsp=6)


def stamp(server):
    if server.driver.startswith("postgresql"):
        return sa.DateTime(timezone=True)
    return sa.dialects.mysql.TIMESTAMP(fsp=6)


def add_visits(server, *visitors):
    """Rows as a client in another zone writes them: a clock of Berlin, and a stamp."""
    engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    is_mysql = server.driver.startswith("mysql")
    zone = "SET time_zone = '-05:00'" if is_mysql else "SET TIME ZONE 'Etc/GMT+5'"
    stamped = "'2024-07-01 05:00:00'" if is_mysql else "'2024-07-01 05:00:00-05'"
    with engine.begin() as connection:
        connection.execute(sa.text(zone))
        for customer, clock_time in visitors:
            row = f"'{customer}', '2024-07-01 {clock_time}', {stamped}"
            connection.execute(sa.text(f"INSERT INTO visits VALUES ({row})"))


@pytest.fixture
def no_visits(server):
    engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM visits"))


@pytest.mark.parametrize("watermark", ["visited_at", "stamped_at"])
@pytest.mark.usefixtures("no_visits")
def test_a_server_lands_only_what_is_new(server, tmp_path, watermark):
    tables, source = visits(watermark), open_source(server.url(), environ=ENVIRON)

    def land(day):
        now = datetime(2024, 8, day, tzinfo=UTC)
        return land_tables(source, tables, str(tmp_path), now=now)

    add_visits(server, ("a", "12:00:00"), ("b", "12:30:00.25"))
    land(1)
    add_visits(server, ("b", "12:30:00.25"), ("c", "13:00:00"))
    landed = land(2)
    again = land(3)

    good = validate(tables, landed).good["visits"].sort("customer_id")
    assert good["customer_id"].to_list() == ["a", "b", "b", "c"]
    assert good["visited_at"].to_list()[::3] == [
        datetime(2024, 7, 1, 10, tzinfo=UTC),
        datetime(2024, 7, 1, 11, tzinfo=UTC),
    ]
    assert set(good["stamped_at"]) == {datetime(2024, 7, 1, 10, tzinfo=UTC)}
    assert_frame_equal(again["visits"], landed["visits"])


@pytest.mark.usefixtures("no_visits")
def test_a_server_is_asked_for_no_row_before_the_watermark(server):
    add_visits(server, ("a", "12:00:00"), ("b", "12:30:00.25"), ("c", "13:00:00"))
    source = open_source(server.url(), environ=ENVIRON)
    moment = datetime(2024, 7, 1, 10, 30, 0, 250_000, tzinfo=UTC)

    by_clock = source.read("visits", Since("visited_at", moment, "Europe/Berlin"))
    by_stamp = source.read("visits", Since("stamped_at", moment, None))
    unknown = source.read("visits", Since("visited_at", moment, None))

    assert sorted(by_clock["customer_id"]) == ["b", "c"]
    assert by_stamp.is_empty()
    assert unknown.height == 3


def test_a_server_gives_the_same_customers_as_the_file(server):
    tables = telco.DATASET.tables
    source = open_source(f"{server.url()}?table=telco", environ=ENVIRON)

    read = validate(tables, read_tables(source, tables))
    expected = validate(tables, {"customers": customers()})

    assert_frame_equal(
        read.good["customers"].sort("customer_id"),
        expected.good["customers"].sort("customer_id"),
    )
    assert read.quarantined.is_empty()


def test_the_types_of_a_server_reach_those_of_the_contract(server):
    source = open_source(server.url(), environ=ENVIRON)

    validated = validate(TYPED, read_tables(source, TYPED))

    assert validated.good["payments"].rows() == [(1, "a", 1999, 0.125, PAID_AT, True)]


def test_a_password_in_the_address_is_accepted_and_not_shown(server):
    source = open_source(server.url(QUOTED), environ={})

    assert source.tables() == ("payments", "telco", "visits")
    assert source.description == server.url()


@pytest.mark.parametrize("environ", [{}, {PASSWORD_VARIABLE: "wr0ng-secret"}])
def test_a_wrong_password_is_told_without_any_password(server, environ):
    source = open_source(server.url(), environ=environ)

    with pytest.raises(SourceError, match=r"(?i)password|access denied") as caught:
        source.tables()

    told = f"{caught.value!r} {caught.value.__context__!r}"
    assert "wr0ng" not in told
    assert PASSWORD not in told


def test_a_missing_table_is_told_with_the_nearest(server):
    source = open_source(f"{server.url()}?table=telko", environ=ENVIRON)

    with pytest.raises(SourceError, match="no table telko; nearest is telco"):
        probe(source, telco.DATASET.tables)


def test_a_missing_column_is_told_by_name(server):
    source = open_source(f"{server.url()}?table=payments", environ=ENVIRON)

    with pytest.raises(SourceError, match="column customerID is missing"):
        probe(source, telco.DATASET.tables)


def test_a_missing_database_is_told(server):
    elsewhere = server.url().replace("/shop", "/shoq")

    with pytest.raises(SourceError, match="shoq"):
        open_source(elsewhere, environ=ENVIRON).tables()
