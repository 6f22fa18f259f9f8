"""What a feature is made of: other features, and columns of raw tables."""

from collections.abc import Iterable, Mapping

import sqlglot
from sqlglot import exp

from churn.dataset import RawTable
from churn.features.declarations import (
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Share,
    Slope,
    Windowed,
)


def parts_of(feature: Feature) -> tuple[str, ...]:
    """Names of the features that one is made of."""
    match feature:
        case Ratio():
            return feature.numerator, feature.denominator
        case Difference():
            return feature.minuend, feature.subtrahend
        case Slope():
            return feature.recent, feature.whole
    return ()


def references(expression: str) -> set[str]:
    """Names of the columns that an SQL expression reads."""
    parsed = sqlglot.parse_one(expression, read="duckdb")
    return {column.name for column in parsed.find_all(exp.Column)}


def expressions(feature: Feature) -> tuple[str, ...]:
    """The SQL conditions that a feature states."""
    stated: tuple[str | None, ...] = ()
    if isinstance(feature, Share):
        stated = (feature.condition, feature.where)
    elif isinstance(feature, Windowed | Recency):
        stated = (feature.where,)
    return tuple(sql for sql in stated if sql is not None)


def columns_of(feature: Feature) -> tuple[str, ...]:
    """The columns whose values a feature reads, without those of its parts."""
    named: set[str] = set()
    if isinstance(feature, Windowed | Attribute | Column) and feature.column:
        named.add(feature.column)
    return tuple(sorted(named.union(*map(references, expressions(feature)))))


def needed(names: Iterable[str], features: Iterable[Feature]) -> tuple[Feature, ...]:
    """The named features and those they are made of, in declared order."""
    features = tuple(features)
    by_name = {feature.name: feature for feature in features}
    wanted, queue = set(), [name for name in names if name in by_name]
    while queue:
        name = queue.pop()
        wanted.add(name)
        queue += [part for part in parts_of(by_name[name]) if part not in wanted]
    return tuple(feature for feature in features if feature.name in wanted)


def made_with(name: str, features: Iterable[Feature]) -> tuple[str, ...]:
    """The feature and all others it takes part in, in declared order."""
    features = tuple(features)
    return tuple(
        feature.name
        for feature in features
        if name in {part.name for part in needed([feature.name], features)}
    )


def raw_columns(
    name: str, features: Iterable[Feature], tables: Mapping[str, RawTable]
) -> dict[str, tuple[str, ...]]:
    """The columns behind a feature by raw table, times and event ids included."""
    behind: dict[str, set[str]] = {}
    for feature in needed([name], features):
        if parts_of(feature):
            continue
        table = getattr(feature, "table", None) or next(iter(tables))
        declared = tables[table]
        rule = (declared.event_time, declared.known_at, declared.event_id)
        found = behind.setdefault(table, set())
        found.update(columns_of(feature), (column for column in rule if column))
    return {table: tuple(sorted(columns)) for table, columns in behind.items()}
