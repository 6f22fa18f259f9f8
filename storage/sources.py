"""Where raw tables come from: a file, a folder of files or a database.

``PATH`` is a CSV or Parquet file or a folder of them, named after the tables.
``sqlite:///PATH``, ``mysql+pymysql://NAME@HOST:PORT/DB`` and
``postgresql+psycopg://NAME@HOST:PORT/DB`` are databases; ``?table=NAME`` picks
one table whose name is not the data set's.
"""

import re
from collections.abc import Mapping
from typing import Protocol

import polars as pl

from churn.contracts import check_columns
from churn.dataset import FIRST_SEEN, RawTable
from churn.errors import ConfigError, SourceError
from churn.naming import suggestion
from storage.databases import DatabaseSource, parsed
from storage.files import FileSource
from storage.since import Since

# A slash after the colon: a mistyped URL is still no path. Drives have one letter.
URL_START = re.compile(r"[A-Za-z][\w+.-]+:/")


class Source(Protocol):
    """Something that holds tables by name."""

    @property
    def description(self) -> str:
        """What to show of it; never a password."""

    def tables(self) -> tuple[str, ...]:
        """Names of its tables."""

    def columns(self, table: str) -> tuple[str, ...]:
        """Names of a table's columns, without reading rows."""

    def read(self, table: str, since: Since | None = None) -> pl.DataFrame:
        """All rows of a table, as the source has them.

        With ``since`` some or all of those it does not keep may be left out.
        """


def open_source(source: str, *, environ: Mapping[str, str]) -> Source:
    """Find a source by its path or URL, without reading it.

    Parameters
    ----------
    environ : mapping
        ``HOLDFAST_SOURCE_PASSWORD`` is a database's password where its URL has none.

    Raises
    ------
    SourceError
        If there is no such file, folder or kind of database.
    """
    if URL_START.match(source):
        return DatabaseSource(source, environ=environ)
    return FileSource(source)


def part_password(source: str) -> tuple[str, str | None]:
    """A source without the password its URL may hold, and that password."""
    if not URL_START.match(source):
        return source, None
    url = parsed(source)
    # ``URL.set`` takes None for "leave it as it is".
    shown = url._replace(password=None).render_as_string(hide_password=False)
    return shown, url.password


def probe(source: Source, tables: Mapping[str, RawTable]) -> None:
    """Check that every table and column is there, without reading rows.

    Raises
    ------
    SourceError
        Naming what is missing and the nearest name that is there.
    """
    for name, found in names_of(source, tables).items():
        added = (FIRST_SEEN,) if tables[name].known_at == FIRST_SEEN else ()
        check_columns(name, tables[name], (*source.columns(found), *added))


def check_full(tables: Mapping[str, RawTable]) -> None:
    """Refuse to read at once what is known only from when it was first seen.

    Raises
    ------
    ConfigError
    """
    for name, table in tables.items():
        if table.known_at == FIRST_SEEN:
            raise ConfigError(
                f"table {name}: its rows are known from when they were first seen, "
                "which a full load cannot tell; give --set load=incremental"
            )


def read_tables(
    source: Source, tables: Mapping[str, RawTable]
) -> dict[str, pl.DataFrame]:
    """All rows of every table, under the data set's names.

    Raises
    ------
    SourceError
        If a table or a column is missing, or cannot be read.
    """
    check_full(tables)
    probe(source, tables)
    names = names_of(source, tables)
    return {name: source.read(found) for name, found in names.items()}


def names_of(source: Source, tables: Mapping[str, RawTable]) -> dict[str, str]:
    """The source's name of each table; one table needs no particular name."""
    found = source.tables()
    if len(tables) == 1 and len(found) == 1:
        return dict(zip(tables, found, strict=True))
    pick = "; name one file, or a table by ?table=NAME" if len(tables) == 1 else ""
    for name in tables:
        if name not in found:
            hint = suggestion(name, found)
            raise SourceError(f"{source.description} has no table {name}; {hint}{pick}")
    return {name: name for name in tables}
