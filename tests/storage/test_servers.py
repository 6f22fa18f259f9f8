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


TYPED = {"payments": RawTable(schema=Payments)}
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

    assert source.tables() == ("payments", "telco")
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
