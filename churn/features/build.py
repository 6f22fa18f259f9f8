"""Feature values for given customers and dates."""

from collections.abc import Iterable, Mapping

import polars as pl
from polars import selectors

from churn.dataset import Dataset, RawTable
from churn.features.batches import in_batches
from churn.features.compile import compile_columns, compile_features
from churn.features.declarations import Feature
from churn.features.engine import DUCKDB, Engine
from churn.features.latest import expiry

EXPIRES_AT = "__expires_at"


def microseconds(moment: pl.Expr) -> pl.Expr:
    """A datetime with a zone, or a date, as integer microseconds since 1970 UTC."""
    return moment.dt.epoch("us")


def on_both_axes(frame: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """The raw table with its two times as integers, ``event_us`` and ``known_us``."""
    # Engines hold -0.0 and 0.0 for equal: which one is greatest, row order would say.
    frame = frame.with_columns(selectors.float().replace(-0.0, 0.0))
    known = table.known()
    if table.event_time is None or known is None:
        return frame
    return frame.with_columns(
        microseconds(pl.col(table.event_time)).alias("event_us"),
        microseconds(known).alias("known_us"),
    )


def numbered(spine: pl.DataFrame) -> pl.DataFrame:
    """The spine as queries read it: ``row_id``, ``customer_id``, ``snapshot_us``."""
    midnight = pl.col("snapshot_date").cast(pl.Datetime("us"))
    return spine.select(
        pl.int_range(pl.len()).alias("row_id"),
        "customer_id",
        microseconds(midnight).alias("snapshot_us"),
    )


def build_features(
    features: Iterable[Feature],
    tables: Mapping[str, RawTable],
    frames: Mapping[str, pl.DataFrame],
    spine: pl.DataFrame,
    *,
    engine: Engine = DUCKDB,
) -> pl.DataFrame:
    """The spine with a column per feature; rows and their order are kept.

    Parameters
    ----------
    features : iterable of Feature
    tables, frames : mappings of table name to declaration and to good rows
    spine : DataFrame with customer_id (String) and snapshot_date (Date)
        Duplicates and unknown customers are allowed.
    engine : Engine
        What computes; every engine gives the same bits.

    Returns
    -------
    DataFrame of len(spine) rows
        ``customer_id``, ``snapshot_date``, the features in declared order and, for
        those that can grow too old, ``<name>__expires_at`` (Datetime, UTC): the last
        instant at which the last value seen counts; null where none was seen.
    """
    features = tuple(features)
    used = {table for f in features if (table := getattr(f, "table", None))}
    sql = compile_features(features, tables, dialect=engine.dialect)
    read = {name: frames[name] for name in sorted(used)}
    built = [
        engine.run(sql, _both_axes(parts, tables) | {"spine": rows})
        for rows, parts in in_batches(numbered(spine), read, tables, engine.most_rows)
    ]
    values = _tidy(pl.concat(built), features)
    return spine.select("customer_id", "snapshot_date").hstack(values)


def _both_axes(
    frames: Mapping[str, pl.DataFrame], tables: Mapping[str, RawTable]
) -> dict[str, pl.DataFrame]:
    return {name: on_both_axes(frame, tables[name]) for name, frame in frames.items()}


def build_columns(dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    """The features of a table-like data set, a row each, in the rows' order."""
    (name,) = dataset.tables
    sql = compile_columns(dataset.features, name, dialect=DUCKDB.dialect)
    built = DUCKDB.run(sql, {name: frame.with_row_index("row_id")})
    return _tidy(built, dataset.features)


def _tidy(built: pl.DataFrame, features: tuple[Feature, ...]) -> pl.DataFrame:
    """In the spine's order, each feature in its type: Int64, Float64 or String."""
    rows = built.sort("row_id")
    expiring = [f.name for f in features if expiry(f.name) in rows.columns]
    return rows.select(
        *(pl.col(f.name).cast(_type(f, rows.schema[f.name])) for f in features),
        *(_expires_at(name) for name in expiring),
    )


def _type(feature: Feature, found: pl.DataType) -> type[pl.DataType]:
    if feature.kind == "category":
        return pl.String
    return pl.Float64 if found.is_float() or found.is_decimal() else pl.Int64


def _expires_at(name: str) -> pl.Expr:
    instant = pl.from_epoch(expiry(name), time_unit="us").dt.replace_time_zone("UTC")
    return instant.alias(f"{name}{EXPIRES_AT}")
