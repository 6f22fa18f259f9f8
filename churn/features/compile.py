"""Declarations to one SQL query, the same for every engine.

The SQL reads ``spine(row_id, customer_id, snapshot_us)`` and the raw tables, which
carry ``event_us`` and ``known_us``: every time is an integer, microseconds since
1970 UTC, so that no engine's time zone or interval arithmetic takes part.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import sqlglot

from churn.dataset import RawTable
from churn.features.aggregates import Aggregated, aggregates_sql, window_days
from churn.features.declarations import (
    Attribute,
    Column,
    Feature,
    Windowed,
)
from churn.features.history import Parts, history_parts
from churn.features.latest import FromLast, Last, expiry, last_parts
from churn.features.quoting import quote
from churn.features.values import expiry_sql, value_sql

Tables = Mapping[str, RawTable]


def compile_features(
    features: Iterable[Feature], tables: Tables, *, dialect: str
) -> str:
    """One query that yields ``row_id`` and a column per feature.

    Features that can grow too old bring ``<name>__expires_us`` besides.

    Parameters
    ----------
    features : iterable of Feature
        Ratios, differences and slopes may refer to any feature among them.
    tables : mapping of name to RawTable
    dialect : str
        A sqlglot dialect, for example ``duckdb`` or ``spark``.

    Raises
    ------
    DeclarationError
        If a feature sums a column that is not an integer.
    """
    features = tuple(features)
    parts: Parts = []
    joined: list[str] = []
    for name in dict.fromkeys(table for table in map(_table, features) if table):
        table = tables[name]
        if table.event_time is not None:
            parts += history_parts(name, table)
        declared = [f for f in features if _table(f) == name]
        for group in _groups(name, table, declared, dialect):
            parts += group
            joined.append(group[-1][0])
    return _assembled(features, parts, joined, dialect)


def compile_columns(features: Iterable[Feature], table: str, *, dialect: str) -> str:
    """The query of a table-like data set, whose row is the snapshot."""
    listing = ", ".join(_outputs(tuple(features)))
    return _translated(f"SELECT row_id, {listing} FROM {quote(table)}", dialect)


def _table(feature: Feature) -> str | None:
    return getattr(feature, "table", None)


def _groups(
    name: str, table: RawTable, declared: Sequence[Feature], dialect: str
) -> list[Parts]:
    """Named subqueries, the last of each group with one row per snapshot."""
    static = [f for f in declared if isinstance(f, Column)]
    if static:
        return [[(f"{name}__static", _static_sql(name, table, static))]]
    return [
        *([part] for part in _aggregate_parts(name, table, declared)),
        *(last_parts(last, dialect=dialect) for last in _lasts(name, table, declared)),
    ]


def _aggregate_parts(name: str, table: RawTable, declared: Sequence[Feature]) -> Parts:
    """Windows apart from whole histories, whose joins are far larger."""
    aggregated = [
        f for f in declared if isinstance(f, Aggregated) and not _reads_last(f)
    ]
    windows = [f for f in aggregated if window_days(f) is not None]
    whole = [f for f in aggregated if window_days(f) is None]
    longest = max((window_days(f) or 0 for f in windows), default=0)
    groups = [("windows", windows, longest), ("whole", whole, None)]
    return [
        (
            f"{name}__{kind}",
            aggregates_sql(quote(f"{name}__history"), table, group, days),
        )
        for kind, group, days in groups
        if group
    ]


def _reads_last(feature: Feature) -> bool:
    if isinstance(feature, Windowed):
        return feature.aggregate == "last"
    return isinstance(feature, Attribute)


def _where(feature: FromLast) -> str | None:
    return None if isinstance(feature, Attribute) else feature.where


def _lasts(name: str, table: RawTable, declared: Sequence[Feature]) -> list[Last]:
    """One search for each condition under which a last event is wanted."""
    wanted = [f for f in declared if isinstance(f, FromLast) and _reads_last(f)]
    conditions = dict.fromkeys(map(_where, wanted))
    return [
        Last(
            f"{name}__last_{number}",
            name,
            table,
            condition,
            tuple(f for f in wanted if _where(f) == condition),
        )
        for number, condition in enumerate(conditions)
    ]


def _static_sql(name: str, table: RawTable, features: Sequence[Column]) -> str:
    """A customer's one row; of several, the greatest by its values."""
    columns = map(quote, table.schema.column_names())
    order = ", ".join(f"{column} DESC NULLS LAST" for column in columns)
    listing = ", ".join(f"r.{quote(f.column)} AS {quote(f.name)}" for f in features)
    rank = f"ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY {order})"
    return f"""
        SELECT s.row_id, {listing} FROM spine AS s
        JOIN (SELECT *, {rank} AS copy FROM {quote(name)}) AS r
        ON r.customer_id = s.customer_id AND r.copy = 1"""


def _outputs(features: tuple[Feature, ...]) -> list[str]:
    by_name = {feature.name: feature for feature in features}
    values = [f"{value_sql(f, by_name)} AS {quote(f.name)}" for f in features]
    expiries = [(f.name, expiry_sql(f, by_name)) for f in features]
    return values + [
        f"{sql} AS {quote(expiry(name))}" for name, sql in expiries if sql is not None
    ]


def _assembled(
    features: tuple[Feature, ...], parts: Parts, joined: list[str], dialect: str
) -> str:
    listing = ", ".join(["spine.row_id", *_outputs(features)])
    with_clause = ",\n".join(
        f"{quote(name)} AS {_kept(name, dialect)} ({sql})" for name, sql in parts
    )
    joins = " ".join(f"LEFT JOIN {quote(name)} USING (row_id)" for name in joined)
    query = f"SELECT {listing} FROM spine {joins}"
    return _translated(f"WITH {with_clause} {query}" if parts else query, dialect)


@lru_cache(maxsize=64)
def _translated(text: str, dialect: str) -> str:
    """Remembered, since a run asks for the same declarations again and again."""
    return sqlglot.transpile(text, read="duckdb", write=dialect, pretty=True)[0]


def _kept(name: str, dialect: str) -> str:
    """Whether DuckDB keeps a subquery's rows: the few corrected ones, not all."""
    if dialect != "duckdb":
        return ""
    if name.endswith("__history"):
        return "NOT MATERIALIZED"
    return "MATERIALIZED" if name.endswith(("__several", "__replaced")) else ""
