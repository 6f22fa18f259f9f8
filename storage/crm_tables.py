"""The tables of a CRM's database, and writing them the way each database knows."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

ROWS_AT_ONCE = 1_000

# MySQL compares text without regard to case and accents, unless told otherwise.
EXACT = sa.String(255).with_variant(sa.String(255, collation="utf8mb4_bin"), "mysql")
NAME = sa.String(64).with_variant(sa.String(64, collation="utf8mb4_bin"), "mysql")
TEXT = sa.Text().with_variant(mysql.TEXT(charset="utf8mb4"), "mysql")
INSTANT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
FLOAT: sa.Double[float] = sa.Double()

META = sa.MetaData()
TARGETS = sa.Table(
    "targets",
    META,
    sa.Column("dataset", NAME, primary_key=True),
    sa.Column("snapshot_date", sa.Date, primary_key=True),
    sa.Column("customer_id", EXACT, primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("probability", FLOAT, nullable=False),
    sa.Column("decile", sa.SmallInteger, nullable=False),
    sa.Column("customer_value_eur", FLOAT, nullable=False),
    sa.Column("expected_net_value_eur", FLOAT, nullable=False),
    sa.Column("expected_cost_eur", FLOAT),
    sa.Column("reason_1", TEXT),
    sa.Column("reason_2", TEXT),
    sa.Column("reason_3", TEXT),
    sa.Column("model_version", NAME, nullable=False),
    sa.Column("scored_at", INSTANT, nullable=False),
)
LISTS = sa.Table(
    "target_lists",
    META,
    sa.Column("dataset", NAME, primary_key=True),
    sa.Column("snapshot_date", sa.Date, primary_key=True),
    sa.Column("n_customers", sa.Integer, nullable=False),
    sa.Column("scored_at", INSTANT, nullable=False),
)
"""One row a list: who writes it first, so that lists of one date come in turn."""


def add_missing(connection: sa.Connection) -> None:
    """Give a list that was made by an earlier Holdfast the columns it lacks."""
    found = {column["name"] for column in sa.inspect(connection).get_columns("targets")}
    quoted = connection.dialect.identifier_preparer.quote
    for column in TARGETS.columns:
        if column.name not in found:
            kind = column.type.compile(connection.dialect)
            added = f"ALTER TABLE targets ADD COLUMN {quoted(column.name)} {kind}"
            connection.execute(sa.text(added))


def upsert(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add rows, or make those of the same key equal to them; no other column moves."""
    keys = set(table.primary_key.columns)
    statement = insert_into(
        connection, table, replaced=[c.name for c in table.c if c not in keys]
    )
    for first in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(statement, list(rows[first : first + ROWS_AT_ONCE]))


def insert_into(
    connection: sa.Connection, table: sa.Table, *, replaced: Sequence[str]
) -> sa.Insert:
    """An insert that replaces these columns of a row that is there; none: leaves it."""
    keys = [column.name for column in table.primary_key]
    if connection.dialect.name == "mysql":
        insert = mysql.insert(table)
        named = replaced or keys[:1]
        return insert.on_duplicate_key_update({n: insert.inserted[n] for n in named})
    # Both dialects have the same clause, each in a class of its own.
    is_sqlite = connection.dialect.name == "sqlite"
    added = cast(
        "postgresql.Insert", (sqlite if is_sqlite else postgresql).insert(table)
    )
    if not replaced:
        return added.on_conflict_do_nothing()
    new = {name: added.excluded[name] for name in replaced}
    return added.on_conflict_do_update(index_elements=keys, set_=new)


def remove_others(
    connection: sa.Connection, key: Mapping[str, Any], listed: pl.Series
) -> None:
    """Remove the date's customers who are listed no longer."""
    asked = sa.select(TARGETS.c.customer_id).where(*matching(TARGETS, key))
    found = set(connection.execute(asked).scalars())
    stale = [{"stale": name} for name in sorted(found.difference(listed))]
    if stale:
        is_stale = TARGETS.c.customer_id == sa.bindparam("stale")
        connection.execute(
            sa.delete(TARGETS).where(*matching(TARGETS, key), is_stale), stale
        )


def matching(table: sa.Table, key: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """The conditions that pick one list's rows."""
    return [table.c[name] == value for name, value in key.items()]
