"""Tables in a database, through SQLAlchemy.

Passwords enter here and leave nowhere: neither in descriptions nor in errors.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import URL, Row

from churn.errors import SourceError
from churn.naming import suggestion
from storage.files import beside
from storage.since import Since

PASSWORD_VARIABLE = "HOLDFAST_SOURCE_PASSWORD"  # noqa: S105 (its name only)
CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 60
CHUNK_ROWS = 50_000
SECRET_WORDS = ("pass", "pwd", "secret", "token")
DRIVERS = ("sqlite", "mysql+pymysql", "postgresql+psycopg")

Result = TypeVar("Result")


class DatabaseSource:
    """A database, or one table of it."""

    def __init__(self, location: str, *, environ: Mapping[str, str]) -> None:
        url = parsed(location)
        table = url.query.get("table")
        url = url.difference_update_query(["table"])
        self.description = _described(url)
        if url.drivername == "sqlite":
            _check_file(Path(url.database or ""))
        elif url.password is None and PASSWORD_VARIABLE in environ:
            url = url.set(password=environ[PASSWORD_VARIABLE])
        self._table = table if isinstance(table, str) else None
        self._secret = str(url.password or "")
        self._engine = sa.create_engine(
            url, connect_args=_connect_args(url), poolclass=sa.NullPool
        )

    def tables(self) -> tuple[str, ...]:
        """The one table that was asked for, or all tables and views."""
        if self._table is not None:
            return (self._table,)
        return self._all_tables()

    def columns(self, table: str) -> tuple[str, ...]:
        """Names of a table's columns, from the database's catalogue."""
        return tuple(self._types(table))

    def read(self, table: str, since: Since | None = None) -> pl.DataFrame:
        """The rows of a table, in the types the driver gives."""
        types = self._types(table)
        query = sa.select(*[sa.column(name) for name in types]).select_from(
            sa.table(table)
        )
        # SQLite has no type for times: what it holds is text or numbers of any form.
        if since is not None and self._engine.dialect.name != "sqlite":
            query = query.where(_condition(since, types[since.column]))
        rows = self._ask(lambda connection: _read(connection, query, list(types)))
        return rows.with_columns(_zoned(rows.schema, types))

    def _types(self, table: str) -> dict[str, sa.types.TypeEngine[Any]]:
        """Names and types of a table's columns."""
        found = self._all_tables()
        if table not in found:
            hint = suggestion(table, found)
            raise SourceError(f"{self.description} has no table {table}; {hint}")
        columns = self._ask(
            lambda connection: sa.inspect(connection).get_columns(table)
        )
        return {column["name"]: column["type"] for column in columns}

    def _all_tables(self) -> tuple[str, ...]:
        return self._ask(_table_names)

    def _ask(self, question: Callable[[sa.Connection], Result]) -> Result:
        try:
            with self._engine.connect() as connection:
                return question(connection)
        except (sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
            reason = self._without_secret(str(getattr(error, "orig", error) or error))
        # Outside the handler: the driver's own error is not to be seen with this one.
        raise SourceError(f"{self.description} cannot be read: {reason}")

    def _without_secret(self, text: str) -> str:
        line = " ".join(text.split())
        return line.replace(self._secret, "***") if self._secret else line


def parsed(location: str) -> URL:
    """The parts of a database URL.

    Raises
    ------
    SourceError
        For an unknown driver, a text that is no URL, or a secret among its options;
        never quoting it.
    """
    driver = location.partition(":")[0]
    if driver not in DRIVERS:
        raise SourceError(
            f"{driver}: is no known kind of source; {suggestion(driver, DRIVERS)}"
        )
    try:
        url = sa.make_url(location) if "://" in location else None
    except (sa.exc.ArgumentError, ValueError):
        url = None
    if url is not None:
        _check_options(url)
        return url
    # The parser's error quotes the text, and with it a password.
    raise SourceError(
        f"the {driver} URL cannot be parsed; expected "
        f"{driver}://NAME@HOST:PORT/DATABASE, special characters written like %40"
    )


def _check_options(url: URL) -> None:
    """Refuse a secret where it would be kept with the run like any option."""
    for key in url.query:
        if key != "table" and any(word in key.lower() for word in SECRET_WORDS):
            raise SourceError(
                f"the {url.drivername} URL has the option {key}, where a secret is "
                f"not kept secret; give a password as {url.drivername}://"
                f"NAME:PASSWORD@HOST or by the variable {PASSWORD_VARIABLE}"
            )


def _check_file(path: Path) -> None:
    """Refuse a mistyped path, which SQLite would make into an empty database."""
    if not path.is_file():
        raise SourceError(f"no database file {path}; {beside(path)}")


def _described(url: URL) -> str:
    """The address alone: options are nobody's concern."""
    return URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
    ).render_as_string()


def _connect_args(url: URL) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {}
    limits: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if url.drivername == "mysql+pymysql":
        # Its connect timeout ends with the connection; a silent server would hang us.
        limits["read_timeout"] = READ_TIMEOUT_SECONDS
        # MySQL's TIMESTAMP is an instant, told in the zone of who asks.
        return limits | {"init_command": "SET time_zone = '+00:00'"}
    return limits


def _condition(since: Since, kind: sa.types.TypeEngine[Any]) -> sa.ColumnElement[bool]:
    """The part of a condition that the database can judge; TRUE where it cannot."""
    column, bound = sa.column(since.column, kind), since.on_the_clock
    if not isinstance(kind, sa.DateTime):
        return sa.true()
    if isinstance(kind, mysql.TIMESTAMP):
        bound = since.moment.replace(tzinfo=None)
    elif kind.timezone:
        bound = since.moment
    return sa.true() if bound is None else sa.or_(column.is_(None), column >= bound)


def _zoned(
    schema: pl.Schema, types: Mapping[str, sa.types.TypeEngine[Any]]
) -> list[pl.Expr]:
    """The columns that MySQL gave as times of UTC, without saying so."""
    return [
        pl.col(name).dt.replace_time_zone("UTC")
        for name, kind in types.items()
        if isinstance(kind, mysql.TIMESTAMP) and schema[name] == pl.Datetime("us")
    ]


def _table_names(connection: sa.Connection) -> tuple[str, ...]:
    inspector = sa.inspect(connection)
    return tuple(sorted(inspector.get_table_names() + inspector.get_view_names()))


def _read(
    connection: sa.Connection, query: sa.Select[Any], names: Sequence[str]
) -> pl.DataFrame:
    rows = connection.execution_options(
        stream_results=True, yield_per=CHUNK_ROWS
    ).execute(query)
    frames = list(_frames(rows.partitions(), names))
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    return pl.concat(frames, how="vertical_relaxed")


def _frames(
    partitions: Iterable[Sequence[Row[Any]]], names: Sequence[str]
) -> Iterator[pl.DataFrame]:
    for rows in partitions:
        columns = zip(*rows, strict=True)
        yield pl.DataFrame(
            [_series(name, values) for name, values in zip(names, columns, strict=True)]
        )


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    """A column in the type of its values; mixed ones become text for the contract."""
    try:
        return pl.Series(name, values)
    except (TypeError, pl.exceptions.PolarsError):
        texts = [None if value is None else str(value) for value in values]
        return pl.Series(name, texts, dtype=pl.String)
