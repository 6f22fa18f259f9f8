"""Declarations to SQL: the only place where the point-in-time rule is written.

An event counts at T if ``event_time <= T and known_at <= T``, in the version
known last by T. Every time is an integer, microseconds since 1970 UTC, so that
no engine's time zone or interval arithmetic takes part. Sums are of integers,
and a division is always the last operation: equal to the bit in every engine.

The SQL reads ``spine(row_id, customer_id, snapshot_us)`` and the raw tables.
"""

from collections.abc import Iterable, Mapping

import polars as pl
import sqlglot
from sqlglot import exp

from churn.dataset import RawTable
from churn.errors import DeclarationError
from churn.features.declarations import (
    Age,
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Windowed,
)

DAY_US = 86_400_000_000

FromTable = Windowed | Recency | Attribute | Age


def compile_features(
    features: Iterable[Feature], tables: Mapping[str, RawTable], *, dialect: str
) -> str:
    """One query that yields ``row_id`` and a column per feature.

    Parameters
    ----------
    features : iterable of Feature
        Ratios and differences may refer to any feature among them.
    tables : mapping of name to RawTable
    dialect : str
        A sqlglot dialect, for example ``duckdb`` or ``spark``.

    Raises
    ------
    DeclarationError
        If a feature sums a column that is not an integer.
    """
    features = tuple(features)
    by_table: dict[str, list[FromTable]] = {}
    for feature in features:
        if isinstance(feature, FromTable):
            by_table.setdefault(feature.table, []).append(feature)
    ctes, joins = [], []
    for name, declared in by_table.items():
        parts = _table_ctes(name, tables[name], declared)
        ctes += parts
        joins += [f"LEFT JOIN {cte} USING (row_id)" for cte, _ in parts[2:]]
    outputs = _outputs(features)
    listing = ",\n".join(f"{sql} AS {_q(name)}" for name, sql in outputs.items())
    columns = f"spine.row_id, {listing}" if listing else "spine.row_id"
    with_clause = ",\n".join(f"{cte} AS ({sql})" for cte, sql in ctes)
    query = f"SELECT {columns} FROM spine {' '.join(joins)}"
    text = f"WITH {with_clause} {query}" if ctes else query
    return sqlglot.transpile(text, read="duckdb", write=dialect, pretty=True)[0]


def compile_columns(features: Iterable[Feature], table: str, *, dialect: str) -> str:
    """The query of a table-like data set, whose row is the snapshot."""
    outputs = _outputs(tuple(features))
    listing = ",\n".join(f"{sql} AS {_q(name)}" for name, sql in outputs.items())
    text = f"SELECT row_id, {listing} FROM {_q(table)}"
    return sqlglot.transpile(text, read="duckdb", write=dialect, pretty=True)[0]


def references(expression: str) -> set[str]:
    """Names of the columns that an SQL expression reads."""
    parsed = sqlglot.parse_one(expression, read="duckdb")
    return {column.name for column in parsed.find_all(exp.Column)}


def needed(names: Iterable[str], features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The named features and those they are made of, in declared order."""
    features = tuple(features)
    by_name = {feature.name: feature for feature in features}
    wanted, queue = set(), [name for name in names if name in by_name]
    while queue:
        name = queue.pop()
        wanted.add(name)
        queue += [part for part in _parts(by_name[name]) if part not in wanted]
    return tuple(feature for feature in features if feature.name in wanted)


def _parts(feature: Feature) -> tuple[str, ...]:
    if isinstance(feature, Ratio):
        return feature.numerator, feature.denominator
    if isinstance(feature, Difference):
        return feature.minuend, feature.subtrahend
    return ()


def _q(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("duckdb")


def _table_ctes(
    name: str, table: RawTable, declared: list[FromTable]
) -> list[tuple[str, str]]:
    """Versions, what is known at T, then one row per snapshot."""
    versions, known = f"{name}__versions", f"{name}__known"
    ctes = [
        (versions, _versions_sql(name, table)),
        (known, _known_sql(versions, declared)),
    ]
    attributes = [f for f in declared if isinstance(f, Attribute)]
    aggregates = [f for f in declared if not isinstance(f, Attribute)]
    if aggregates:
        listing = ", ".join(
            f"{_aggregate_sql(f, table)} AS {_q(f.name)}" for f in aggregates
        )
        sql = f"SELECT row_id, {listing} FROM {known} GROUP BY row_id"
        ctes.append((f"{name}__aggregates", sql))
    if attributes:
        ctes.append((f"{name}__last", _last_sql(known, table, attributes)))
    return ctes


def _versions_sql(name: str, table: RawTable) -> str:
    """Each version of an event with the moment the next one became known."""
    if table.event_id is None:
        return f"SELECT *, CAST(NULL AS BIGINT) AS superseded_us FROM {_q(name)}"
    window = f"PARTITION BY {_q(table.event_id)} ORDER BY known_us"
    return f"SELECT *, LEAD(known_us) OVER ({window}) AS superseded_us FROM {_q(name)}"


def _known_sql(versions: str, declared: list[FromTable]) -> str:
    """The rule: events that had happened and were known, as known, at T."""
    windows = [f.window_days if isinstance(f, Windowed) else None for f in declared]
    longest = max((w for w in windows if w is not None), default=None)
    oldest = (
        f"AND e.event_us > s.snapshot_us - {longest * DAY_US}"
        if longest is not None and None not in windows
        else ""
    )
    return (
        f"SELECT s.row_id, s.snapshot_us, e.* FROM spine AS s JOIN {versions} AS e "
        "ON e.customer_id = s.customer_id "
        "AND e.event_us <= s.snapshot_us AND e.known_us <= s.snapshot_us "
        "AND (e.superseded_us IS NULL OR e.superseded_us > s.snapshot_us) " + oldest
    )


def _last_sql(known: str, table: RawTable, attributes: list[Attribute]) -> str:
    """The last known row; ties are settled by the values, never by row order."""
    keys = ["event_us", "known_us"]
    keys += [_q(table.event_id)] if table.event_id else []
    keys += [_q(a.column) for a in attributes]
    order = ", ".join(f"{key} DESC NULLS LAST" for key in keys)
    listing = ", ".join(f"{_q(a.column)} AS {_q(a.name)}" for a in attributes)
    ranked = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY row_id ORDER BY {order}) "
        f"AS recency_rank FROM {known}"
    )
    return f"SELECT row_id, {listing} FROM ({ranked}) AS ranked WHERE recency_rank = 1"


def _aggregate_sql(feature: Windowed | Recency | Age, table: RawTable) -> str:
    if isinstance(feature, Age):
        return "MIN(event_us)"
    if isinstance(feature, Recency):
        return f"MAX(event_us) {_filter(feature.where, None)}"
    condition = _filter(feature.where, feature.window_days)
    if feature.aggregate == "count":
        return f"COUNT(*) {condition}"
    return _column_sql(feature, table, condition)


def _column_sql(feature: Windowed, table: RawTable, condition: str) -> str:
    """An aggregate of a column's values."""
    column = _q(str(feature.column))
    if feature.aggregate == "distinct":
        return f"COUNT(DISTINCT {column}) {condition}"
    if feature.aggregate in ("min", "max"):
        return f"{feature.aggregate.upper()}({column}) {condition}"
    _require_integer(feature, table)
    total = f"CAST(SUM({column}) {condition} AS BIGINT)"
    if feature.aggregate == "sum":
        return total
    return f"CAST({total} AS DOUBLE) / NULLIF(COUNT({column}) {condition}, 0)"


def _require_integer(feature: Windowed, table: RawTable) -> None:
    dtype = table.schema.columns()[str(feature.column)].dtype
    if not (dtype.is_integer() or isinstance(dtype, pl.Boolean)):
        msg = (
            f"feature {feature.name!r} sums {feature.column!r} of type {dtype}; "
            "sums need integers (cents, seconds), or results change with row order"
        )
        raise DeclarationError(msg)


def _filter(where: str | None, window_days: int | None) -> str:
    conditions = [f"({where})"] if where else []
    if window_days is not None:
        conditions.append(f"event_us > snapshot_us - {window_days * DAY_US}")
    return f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""


def _outputs(features: tuple[Feature, ...]) -> dict[str, str]:
    by_name = {feature.name: feature for feature in features}
    return {feature.name: _output_sql(feature, by_name) for feature in features}


def _output_sql(feature: Feature, by_name: Mapping[str, Feature]) -> str:
    value = _value_sql(feature, by_name)
    return f"CAST({value} AS VARCHAR)" if feature.kind == "category" else value


def _value_sql(feature: Feature, by_name: Mapping[str, Feature]) -> str:
    if isinstance(feature, Ratio):
        top = _value_sql(by_name[feature.numerator], by_name)
        bottom = _value_sql(by_name[feature.denominator], by_name)
        return f"CAST({top} AS DOUBLE) * {feature.scale!r} / NULLIF({bottom}, 0)"
    if isinstance(feature, Difference):
        left = _value_sql(by_name[feature.minuend], by_name)
        right = _value_sql(by_name[feature.subtrahend], by_name)
        left_scale, right_scale = feature.minuend_scale, feature.subtrahend_scale
        return f"({left}) * {left_scale!r} - ({right}) * {right_scale!r}"
    return _own_sql(feature)


def _own_sql(feature: Feature) -> str:
    """The value of a feature that is made of no other."""
    if isinstance(feature, Recency | Age):
        return f"CAST(spine.snapshot_us - {_q(feature.name)} AS DOUBLE) / {DAY_US}"
    if isinstance(feature, Windowed) and feature.aggregate in ("sum", "count"):
        return f"COALESCE({_q(feature.name)}, 0)"
    if isinstance(feature, Column):
        return _q(feature.column)
    return _q(feature.name)
