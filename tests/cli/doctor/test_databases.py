"""What is wrong with a database, tried on PostgreSQL and MariaDB themselves."""

import contextlib
import shutil
import time

import pytest
import sqlalchemy as sa

from cli.doctor.databases import database_checks
from registry.ledger import Ledger
from registry.rows import EVENTS
from tests.cli.doctor.cases import case, problems
from tests.cli.doctor.tls_servers import Authority, dead_port, silent_server
from tests.storage.servers import NOBODY, PASSWORD, mariadb, own_folder, postgresql

QUOTED = "p%40ss%3A%20w%2Frd"
LEDGER, CRM = "HOLDFAST_LEDGER_PASSWORD", "HOLDFAST_CRM_PASSWORD"
ENVIRON = {LEDGER: PASSWORD, CRM: PASSWORD}


@pytest.fixture(scope="module", params=[mariadb, postgresql], ids=lambda p: p.__name__)
def server(request):
    with request.param() as running:
        yield running


def stored(url, *, store="ledger", environ=ENVIRON, is_quick=False):
    return case(stores={store: url}, environ=environ, is_quick=is_quick)


def told(url, **given):
    return problems(database_checks, stored(url, **given))


def run(server, *statements):
    """As the owner, from outside."""
    engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def tables(server):
    engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    return set(sa.inspect(engine).get_table_names())


def test_a_file_is_no_server():
    assert list(database_checks(stored("sqlite:////tmp/ledger.db"))) == []


def test_an_unknown_database_names_the_nearest():
    (line,) = told("postgres+psycopg://me@db/shop")

    assert line.endswith("is no known database; nearest is postgresql+psycopg")


def test_a_dead_port_is_named_before_any_driver_speaks():
    port = dead_port()

    (line,) = told(f"mysql+pymysql://me@127.0.0.1:{port}/shop")

    assert line.startswith(f"stores.ledger: nobody listens at 127.0.0.1:{port}; ")


def test_a_server_that_never_greets_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("cli.doctor.databases.ANSWER_SECONDS", 1)

    with silent_server() as port:
        began = time.monotonic()
        (line,) = told(f"mysql+pymysql://me@127.0.0.1:{port}/crm", store="crm")

    assert line.startswith(f"stores.crm: 127.0.0.1:{port}: ")
    assert time.monotonic() - began < 5


@pytest.mark.server
@pytest.mark.parametrize("store", ["ledger", "crm"])
def test_a_database_that_is_ready_is_well_and_stays_as_it_was(server, store):
    before = tables(server)

    assert told(server.url(), store=store) == []
    assert tables(server) == before


@pytest.mark.server
def test_a_wrong_password_names_its_variable_and_is_not_shown(server):
    (line,) = told(server.url(), environ={LEDGER: "sesame-street"})

    assert "refuses this name and password of keeper; correct HOLDFAST_LEDGER" in line
    assert "in this shell's environment" in line
    assert "sesame" not in line


@pytest.mark.server
def test_no_password_at_all_says_where_it_belongs(server):
    (line,) = told(server.url(), store="crm", environ={})

    assert "asks keeper for a password, and there is none; put HOLDFAST_CRM" in line


@pytest.mark.server
def test_a_database_that_nobody_made_is_named(server):
    # MariaDB tells only whoever may see it that there is none.
    name = "shop2" if server.driver.startswith("postgresql") else "information_schem"

    (line,) = told(server.url().replace("/shop", f"/{name}"))

    assert f"has no database {name}" in line or f"into {name} from here" in line


@pytest.mark.server
def test_who_may_not_make_tables_is_told_so(server):
    with reader(server) as url:
        (line,) = told(url)
        quick = told(url, is_quick=True)

    assert "reader may not make tables in shop" in line
    assert quick == []


@pytest.mark.server
def test_who_may_only_read_the_ledger_is_told_which_right_lacks(server):
    Ledger(server.url(QUOTED)).close()
    with reader(server) as url:
        (line,) = told(url)

    assert "reader may not write the table" in line
    assert "; GRANT SELECT, INSERT, UPDATE, DELETE ON" in line


@pytest.mark.server
def test_a_ledger_of_another_format_is_refused(server):
    name = EVENTS.name
    run(server, f"DROP TABLE IF EXISTS {name}", f"CREATE TABLE {name} (model INT)")

    (line,) = told(server.url(), is_quick=True)

    assert "is of a format that this Holdfast does not know; move it away" in line
    run(server, f"DROP TABLE {name}")


@pytest.fixture(scope="module")
def with_tls():
    """A PostgreSQL with an expired certificate, and the authority's file."""
    with own_folder() as folder, postgresql() as server:
        authority = Authority(folder)
        paths = authority.certificate(days=(-30, -1))
        for path in paths:
            shutil.chown(path, NOBODY, NOBODY)
        run(
            server,
            f"ALTER SYSTEM SET ssl_cert_file = '{paths[0]}'",
            f"ALTER SYSTEM SET ssl_key_file = '{paths[1]}'",
            "ALTER SYSTEM SET ssl = on",
            "SELECT pg_reload_conf()",
        )
        yield server, authority


@pytest.mark.server
def test_an_expired_certificate_of_postgresql_is_told_before_its_driver_speaks(
    with_tls,
):
    server, authority = with_tls
    options = f"?sslmode=verify-full&sslrootcert={authority.path}"

    (line,) = told(server.url() + options)

    assert f"the certificate of 127.0.0.1:{server.port} expired; renew it" in line


@pytest.mark.server
def test_an_authority_that_the_address_does_not_name_is_told(with_tls, tmp_path):
    server, _ = with_tls
    other = Authority(tmp_path)

    (line,) = told(server.url() + f"?sslmode=verify-ca&sslrootcert={other.path}")

    assert "signed by an authority unknown here; name the file" in line
    assert "sslrootcert" in line


@pytest.mark.server
def test_a_postgresql_without_tls_is_told_so(server, tmp_path):
    if server.driver.startswith("mysql"):
        pytest.skip("MariaDB's driver says so itself")
    options = f"?sslmode=verify-ca&sslrootcert={Authority(tmp_path).path}"

    (line,) = told(server.url() + options)

    assert "has no TLS, and the address asks for it; switch it on there" in line


@contextlib.contextmanager
def reader(server):
    """Somebody who may look, and no more; yields the address."""
    is_mysql = server.driver.startswith("mysql")
    at, by = ("@'127.0.0.1'", "IDENTIFIED BY") if is_mysql else ("", "PASSWORD")
    if is_mysql:
        admin = f"mysql+pymysql://root@127.0.0.1:{server.port}/shop"
        engine = sa.create_engine(admin, poolclass=sa.NullPool)
    else:
        engine = sa.create_engine(server.url(QUOTED), poolclass=sa.NullPool)
    made = [
        f"CREATE USER reader{at} {by} '{PASSWORD}'",
        f"GRANT SELECT ON shop.* TO reader{at}"
        if is_mysql
        else "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    ]
    gone = [] if is_mysql else ["DROP OWNED BY reader"]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in made:
            connection.execute(sa.text(statement.replace(":", "\\:")))
        try:
            yield server.url().replace("keeper@", "reader@")
        finally:
            for statement in [*gone, f"DROP USER reader{at}"]:
                connection.execute(sa.text(statement))
