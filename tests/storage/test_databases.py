import socket
import sqlite3
from contextlib import closing

import pytest

from churn.errors import SourceError
from storage.databases import CHUNK_ROWS, PASSWORD_VARIABLE, DatabaseSource
from storage.sources import part_password

SECRET = "s3cret-word"  # noqa: S105 (nobody's)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "our shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            'CREATE TABLE "order lines" (id INTEGER, "a b" TEXT, x REAL)'
        )
        rows = [(1, " ", 0.5), (2, None, None)]
        connection.executemany('INSERT INTO "order lines" VALUES (?, ?, ?)', rows)
        connection.execute("CREATE TABLE empty (id INTEGER)")
    return path


def opened(location, **environ):
    return DatabaseSource(location, environ=environ)


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        yield free.getsockname()[1]


def test_tables_and_columns_come_from_the_catalogue(file):
    source = opened(f"sqlite:///{file}")

    assert source.tables() == ("empty", "order lines")
    assert source.columns("order lines") == ("id", "a b", "x")


def test_values_keep_the_types_of_the_database(file):
    found = opened(f"sqlite:///{file}").read("order lines")

    assert found.rows() == [(1, " ", 0.5), (2, None, None)]


def test_one_table_can_be_asked_for(file):
    assert opened(f"sqlite:///{file}?table=order lines").tables() == ("order lines",)


def test_an_empty_table_has_its_columns(file):
    found = opened(f"sqlite:///{file}").read("empty")

    assert (found.columns, found.height) == (["id"], 0)


def test_chunks_of_different_types_are_put_together(file):
    with closing(sqlite3.connect(file)) as connection, connection:
        values = [(None,)] * CHUNK_ROWS + [(1,), (2.5,), ("three",)]
        connection.execute("CREATE TABLE mixed (v)")
        connection.executemany("INSERT INTO mixed VALUES (?)", values)

    found = opened(f"sqlite:///{file}").read("mixed")

    assert found["v"].null_count() == CHUNK_ROWS
    assert found["v"].tail(3).to_list() == ["1", "2.5", "three"]


def test_reading_changes_nothing(file):
    before = file.read_bytes()
    opened(f"sqlite:///{file}").read("order lines")

    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_mistyped_database_file_is_told_and_not_created(file):
    with pytest.raises(SourceError, match=r"no database file .*nearest is our shop.db"):
        opened(f"sqlite:///{file.parent}/our_shop.db")

    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_table_that_is_not_there_is_told_with_the_nearest(file):
    with pytest.raises(
        SourceError, match="no table order_lines; nearest is order lines"
    ):
        opened(f"sqlite:///{file}?table=order_lines").columns("order_lines")


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database, but long enough to look at" * 20)

    with pytest.raises(SourceError, match="file is not a database"):
        opened(f"sqlite:///{tmp_path}/x.db").tables()


def test_a_driver_we_do_not_bring_is_told_with_the_nearest():
    with pytest.raises(SourceError, match=r"nearest is postgresql\+psycopg"):
        opened("postgresql+psycopg2://me@localhost/shop")


@pytest.mark.parametrize("driver", ["mysql+pymysql", "postgresql+psycopg"])
def test_nobody_at_the_address_is_told_without_the_password(driver, closed_port):
    urls = [
        (f"{driver}://me:{SECRET}@127.0.0.1:{closed_port}/shop", {}),
        (f"{driver}://me@127.0.0.1:{closed_port}/shop", {PASSWORD_VARIABLE: SECRET}),
    ]
    for url, environ in urls:
        source = opened(url, **environ)
        with pytest.raises(SourceError, match="refused") as caught:
            source.tables()
        told = f"{caught.value!r} {caught.value.__context__!r} {source.description}"
        assert SECRET not in told
        assert "\n" not in str(caught.value)


def test_a_password_in_the_words_of_a_driver_is_covered(closed_port):
    source = opened(f"postgresql+psycopg://me:refused@127.0.0.1:{closed_port}/shop")

    with pytest.raises(SourceError, match=r"Connection \*\*\*"):
        source.tables()


@pytest.mark.parametrize(
    "url",
    [
        f"mysql+pymysql://me:{SECRET}@localhost:port/shop",
        f"mysql+pymysql:/me:{SECRET}@localhost/shop",
        f"mysql://me:{SECRET}@localhost/shop",
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(url):
    with pytest.raises(SourceError) as caught:
        opened(url)

    assert SECRET not in f"{caught.value!r} {caught.value.__context__!r}"


def test_options_are_not_described():
    url = "postgresql+psycopg://me@localhost:1/shop?sslmode=disable"

    assert opened(url).description == "postgresql+psycopg://me@localhost:1/shop"


@pytest.mark.parametrize("key", ["password", "sslpassword", "PWD", "api_token"])
@pytest.mark.parametrize("read", [opened, part_password])
def test_a_secret_among_the_options_is_refused_and_not_repeated(read, key):
    url = f"postgresql+psycopg://me@localhost:1/shop?sslmode=disable&{key}={SECRET}"

    with pytest.raises(SourceError, match=f"option {key}, .*{PASSWORD_VARIABLE}") as e:
        read(url)

    assert SECRET not in f"{e.value!r} {e.value.__context__!r}"


def test_a_table_may_be_named_like_a_secret(file):
    assert opened(f"sqlite:///{file}?table=tokens").tables() == ("tokens",)
