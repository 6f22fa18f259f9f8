"""Databases of the ledger and of the CRM: there, open to us, fit to be written."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from churn.naming import suggestion
from cli.doctor.case import Case
from cli.doctor.connecting import connected
from cli.doctor.database_errors import refused
from cli.doctor.database_tls import look_at_postgres
from cli.doctor.finding import Check, Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS, Place
from cli.stacks.sensitive import PASSWORD_VARIABLES

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.engine import URL

DRIVERS = ("mysql+pymysql", "postgresql+psycopg", "sqlite")
LIBRARIES = ("sqlalchemy", "psycopg", "pymysql", "registry.ledger", "storage.crm")
PORTS = {"mysql": 3306, "postgresql": 5432}
# PyMySQL's limit on connecting ends before the server has to greet.
LIMITS = {
    "mysql": ("connect_timeout", "read_timeout", "write_timeout"),
    "postgresql": ("connect_timeout",),
}


def database_checks(case: Case) -> Iterator[Check]:
    """One a store that is in a server's database; files are looked at elsewhere."""
    done = "lets us in" if case.is_quick else "lets us in, read, write, make tables"
    for store in ("ledger", "crm"):
        address = case.stack.stores.get(store, "sqlite:")
        if not address.startswith("sqlite:"):
            yield Check(
                f"stores.{store}",
                done,
                partial(_examined, case, store, address),
                LIBRARIES,
            )


def _examined(case: Case, store: str, address: str) -> Iterator[Remark]:
    variable = PASSWORD_VARIABLES[store]
    url = _with_password(_parsed(address), case.variables, variable)
    place = Place(
        str(url.host), url.port or PORTS[url.get_backend_name()], has_tls=False
    )
    if url.host:
        connected(place).close()
    if url.get_backend_name() == "postgresql":
        yield from look_at_postgres(place, url.query, case.now)
    told = f"{variable} {case.place_of(variable)}"
    _asked(url, place, told, store, is_quick=case.is_quick)


def _parsed(address: str) -> "URL":
    import sqlalchemy as sa

    driver = address.partition(":")[0]
    if driver not in DRIVERS:
        raise Unwell(f"{driver}: is no known database", suggestion(driver, DRIVERS))
    try:
        return sa.make_url(address)
    except (sa.exc.ArgumentError, ValueError):
        raise Unwell(
            "the address cannot be read",
            f"write {driver}://NAME@HOST:PORT/DATABASE, special characters like %40",
        ) from None


def _with_password(url: "URL", variables: Mapping[str, str], variable: str) -> "URL":
    if url.password is None and variables.get(variable):
        return url.set(password=variables[variable])
    return url


def _asked(
    url: "URL", place: Place, password: str, store: str, *, is_quick: bool
) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        connect_args=dict.fromkeys(LIMITS[url.get_backend_name()], int(ANSWER_SECONDS)),
    )
    try:
        with engine.connect() as connection:
            if not is_quick:
                _written(connection, store, place, url)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise refused(error, url, place, password) from None
    if store == "ledger":
        _of_our_format(url)


def _written(connection: "sa.Connection", store: str, place: Place, url: "URL") -> None:
    """Ask for the rights by doing nothing with each: rows that are none."""
    import sqlalchemy as sa

    for table in _tables(store):
        if not sa.inspect(connection).has_table(table.name):
            _made(connection, place, url)
            continue
        none = sa.select(table).where(sa.false())
        try:
            connection.execute(sa.insert(table).from_select(table.columns.keys(), none))
        except sa.exc.DBAPIError as error:
            if _is_denied(error):
                raise Unwell(
                    f"{url.username} may not write the table {table.name} at {place}",
                    f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} to it",
                ) from None
            raise
    connection.rollback()


def _tables(store: str) -> list["sa.Table"]:
    from registry.rows import EVENTS
    from storage.crm_tables import LISTS, TARGETS

    return [EVENTS] if store == "ledger" else [TARGETS, LISTS]


def _made(connection: "sa.Connection", place: Place, url: "URL") -> None:
    """Make a table and take it away; PostgreSQL forgets it by itself."""
    import sqlalchemy as sa

    name = f"holdfast_doctor_{secrets.token_hex(6)}"
    probe = sa.Table(name, sa.MetaData(), sa.Column("one", sa.Integer))
    try:
        probe.create(connection)
    except sa.exc.DBAPIError as error:
        if not _is_denied(error):
            raise
        raise Unwell(
            f"{url.username} may not make tables in {url.database} at {place}",
            f"GRANT CREATE to {url.username}, or make the tables as somebody who may",
        ) from None
    with suppress(sa.exc.DBAPIError):
        probe.drop(connection)


def _is_denied(error: "sa.exc.DBAPIError") -> bool:
    told = str(error.orig).casefold()
    return "denied" in told or "read-only" in told


def _of_our_format(url: "URL") -> None:
    from registry.errors import LedgerError, LedgerMissingError
    from registry.ledger import Ledger

    try:
        Ledger(url.render_as_string(hide_password=False), create=False).close()
    except LedgerMissingError:
        return
    except LedgerError as error:
        problem, _, way_out = str(error).partition("; ")
        raise Unwell(problem, way_out) from None
