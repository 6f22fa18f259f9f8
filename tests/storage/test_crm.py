"""The same list in SQLite, MariaDB and PostgreSQL, whatever happens on the way."""

import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from churn.errors import ConfigError
from storage.crm import PASSWORD_VARIABLE, Crm, CrmError
from storage.crm_tables import LISTS
from tests.storage.servers import PASSWORD, mariadb, postgresql
from tests.storage.target_rows import DAY, REASON, SCORED_AT, targets

LATER = SCORED_AT + timedelta(hours=1)
TOMORROW = DAY + timedelta(days=1)


class Database:
    """A CRM's database, and another way to look at it."""

    def __init__(self, url, known_url):
        self.url, environ = url, {PASSWORD_VARIABLE: PASSWORD}
        self.crm = Crm(url, environ=environ)
        self.engine = sa.create_engine(known_url, poolclass=sa.NullPool)

    def ask(self, query):
        with self.engine.begin() as connection:
            return connection.execute(sa.text(query)).all()

    def do(self, statement):
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def listed(self, day=DAY, dataset="shop"):
        where = f"snapshot_date = '{day}' AND dataset = '{dataset}'"
        return self.ask(f"SELECT customer_id FROM targets WHERE {where} ORDER BY 1")


@contextmanager
def sqlite(folder):
    url = f"sqlite:///{folder}/new/crm.db"
    yield Database(url, url)


@contextmanager
def served(server):
    with server() as running:
        yield Database(running.url(), running.url("p%40ss%3A%20w%2Frd"))


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param(mariadb, marks=pytest.mark.server, id="mariadb"),
        pytest.param(postgresql, marks=pytest.mark.server, id="postgresql"),
    ],
)
def kept(request, tmp_path_factory):
    if request.param == "sqlite":
        opened = sqlite(tmp_path_factory.mktemp("crm"))
    else:
        opened = served(request.param)
    with opened as database:
        database.crm.replace("shop", DAY, targets(), scored_at=SCORED_AT)
        yield database


@pytest.fixture
def database(kept):
    for table in ("targets", "target_lists"):
        kept.do(f"DELETE FROM {table}")
    return kept


def put(database, *customers, day=DAY, scored_at=SCORED_AT, dataset="shop"):
    rows = targets(*customers, day=day, scored_at=scored_at)
    database.crm.replace(dataset, day, rows, scored_at=scored_at)


def test_a_list_is_kept_to_the_last_digit(database):
    put(database, "a", "ß-2")

    columns = "customer_id, probability, expected_net_value_eur, reason_1, reason_3"
    rows = database.ask(f"SELECT {columns} FROM targets ORDER BY customer_id")
    assert rows == [
        ("a", 1 / 2, 50.0, REASON, None),
        ("ß-2", 1 / 3, 50.0 - 1 / 3, REASON, None),
    ]
    ((found,),) = database.ask("SELECT scored_at FROM target_lists")
    assert str(found).startswith("2026-03-02 01:30:00.25")


def test_a_list_that_is_written_again_changes_nothing(database):
    put(database, "a", "b")
    before = database.ask("SELECT * FROM targets ORDER BY customer_id")
    put(database, "a", "b")

    assert database.ask("SELECT * FROM targets ORDER BY customer_id") == before


def test_who_is_listed_no_longer_is_removed_from_this_list_alone(database):
    put(database, "a", "b")
    put(database, "a", day=TOMORROW)
    put(database, "a", dataset="bank")

    put(database, "b", "c", scored_at=LATER)

    assert database.listed() == [("b",), ("c",)]
    assert database.listed(TOMORROW) == [("a",)]
    assert database.listed(dataset="bank") == [("a",)]


def test_an_empty_list_empties_it(database):
    put(database, "a")
    put(database, scored_at=LATER)

    assert database.listed() == []
    assert database.ask("SELECT n_customers FROM target_lists") == [(0,)]


def test_what_others_wrote_beside_a_customer_stays(database):
    put(database, "a", "b")
    database.do("ALTER TABLE targets ADD COLUMN called_by VARCHAR(20)")
    try:
        database.do("UPDATE targets SET called_by = 'ada' WHERE customer_id = 'b'")

        put(database, "b", "c", scored_at=LATER)

        rows = database.ask("SELECT customer_id, called_by FROM targets ORDER BY 1")
        assert rows == [("b", "ada"), ("c", None)]
    finally:
        database.do("ALTER TABLE targets DROP COLUMN called_by")


def test_a_table_of_before_gets_the_column_that_it_lacks(database):
    put(database, "a", day=TOMORROW)
    database.do("ALTER TABLE targets DROP COLUMN expected_cost_eur")

    put(database, "a")

    query = "SELECT expected_cost_eur FROM targets ORDER BY snapshot_date"
    assert database.ask(query) == [(11.5,), (None,)]


def test_names_that_look_alike_are_customers_of_their_own(database):
    put(database, "anna", "Anna", "ANNA", "änna")

    assert len(database.listed()) == 4


def test_a_list_from_earlier_scores_comes_too_late(database):
    put(database, "a", scored_at=LATER)

    with pytest.raises(CrmError, match=r"from later scores \(2026-03-02 02:30:00 UTC"):
        put(database, "b")

    assert database.listed() == [("a",)]


def test_more_customers_than_one_statement_takes_are_all_kept(database):
    put(database, *(f"c{n:05}" for n in range(2_345)))
    put(database, *(f"c{n:05}" for n in range(1, 2_346)), scored_at=LATER)

    listed = database.listed()
    assert len(listed) == 2_345
    assert (listed[0], listed[-1]) == (("c00001",), ("c02345",))


def test_a_list_that_fails_in_its_middle_leaves_the_one_before(database):
    put(database, "a", "b")
    twice = pl.concat([targets("c", "d"), targets("d").with_columns(rank=None)])

    with pytest.raises(CrmError, match="cannot take the list"):
        database.crm.replace("shop", DAY, twice, scored_at=LATER)

    assert database.listed() == [("a",), ("b",)]
    assert database.ask("SELECT n_customers FROM target_lists") == [(2,)]


def test_customers_that_the_database_takes_for_one_are_told(database):
    with pytest.raises(CrmError, match="expected 2 customers on the list, found 1"):
        put(database, "a", "a")

    assert database.listed() == []


def test_of_lists_written_at_once_one_stays_whole(database):
    lists = [[f"{run}{n:03}" for n in range(300)] for run in "pqrs"]
    told = []

    def write(customers):
        try:
            put(database, *customers)
        except CrmError as error:
            told.append(str(error))

    threads = [threading.Thread(target=write, args=[names]) for names in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [name for (name,) in database.listed()]
    assert found in lists, told


def test_a_list_waits_for_one_from_later_scores_that_is_being_written(database):
    put(database, "a")
    told = []

    def write():
        try:
            put(database, "b")
        except CrmError as error:
            told.append(str(error))

    late = threading.Thread(target=write)
    with database.engine.begin() as connection:
        moved = sa.update(LISTS).values(scored_at=LATER)
        connection.execute(moved)
        late.start()
        late.join(timeout=0.5)
    late.join()

    assert "from later scores" in told[0]
    assert database.listed() == [("a",)]


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


@pytest.mark.parametrize("driver", ["mysql+pymysql", "postgresql+psycopg"])
def test_a_database_that_is_down_is_told_in_a_line_without_a_password(
    driver, closed_port
):
    secret = "s3cret-word"  # noqa: S105 (nobody's)
    url = f"{driver}://ada:{secret}@127.0.0.1:{closed_port}/crm"

    with pytest.raises(CrmError, match="refused") as caught:
        Crm(url, environ={}).replace("shop", DAY, targets("a"), scored_at=SCORED_AT)

    told = f"{caught.value!r} {caught.value.__context__!r}"
    assert f"127.0.0.1:{closed_port}/crm cannot take the list" in str(caught.value)
    assert "the scores are kept, and the same run again brings" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert secret not in told


def test_a_password_that_the_driver_repeats_is_hidden(closed_port):
    url = f"mysql+pymysql://ada:connect@127.0.0.1:{closed_port}/crm"

    with pytest.raises(CrmError, match=r"Can't \*\*\* to MySQL"):
        Crm(url, environ={}).replace("shop", DAY, targets("a"), scored_at=SCORED_AT)


@pytest.mark.server
@pytest.mark.parametrize("server", [mariadb, postgresql], ids=lambda s: s.__name__)
def test_a_wrong_password_is_told_without_it(server):
    with server() as running:
        crm = Crm(running.url(), environ={PASSWORD_VARIABLE: "wr0ng-secret"})

        with pytest.raises(CrmError, match=r"(?i)password|access denied") as caught:
            crm.replace("shop", DAY, targets("a"), scored_at=SCORED_AT)

    assert "wr0ng" not in f"{caught.value!r} {caught.value.__context__!r}"


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database, but long enough to look at" * 20)
    crm = Crm(f"sqlite:///{tmp_path}/x.db", environ={})

    with pytest.raises(CrmError, match="file is not a database"):
        crm.replace("shop", DAY, targets("a"), scored_at=SCORED_AT)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgres+psycopg://ada:pw@h/crm", "nearest is postgresql\\+psycopg"),
        ("sqlite", "expected sqlite://NAME@HOST:PORT/DATABASE"),
    ],
)
def test_an_address_that_is_none_is_told_without_its_text(url, told):
    with pytest.raises(ConfigError, match=told) as caught:
        Crm(url, environ={})

    assert ":pw@" not in str(caught.value)


def test_the_description_of_a_database_has_no_password_and_no_options():
    url = "postgresql+psycopg://ada:pw@h:5432/crm?sslpassword=x"

    found = Crm(url, environ={}).description

    assert found == "postgresql+psycopg://ada@h:5432/crm"
