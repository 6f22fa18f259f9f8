"""Feature values for given customers and dates, computed by DuckDB in memory."""

from collections.abc import Iterable, Mapping

import duckdb
import polars as pl

from churn.dataset import Dataset, RawTable
from churn.features.compile import compile_columns, compile_features
from churn.features.declarations import Feature


def microseconds(column: str) -> pl.Expr:
    """A UTC datetime column as integer microseconds since 1970."""
    return pl.col(column).dt.convert_time_zone("UTC").dt.epoch("us")


def on_both_axes(frame: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """The raw table with its two times as integers, ``event_us`` and ``known_us``."""
    if table.event_time is None:
        return frame
    return frame.with_columns(
        microseconds(table.event_time).alias("event_us"),
        microseconds(table.known_at or table.event_time).alias("known_us"),
    )


def run_sql(sql: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Run one query over frames by name; nothing outside them can be read."""
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        for name, frame in frames.items():
            connection.register(name, frame.to_arrow())
        built: pl.DataFrame = connection.sql(sql).pl()
    return built


def build_features(
    features: Iterable[Feature],
    tables: Mapping[str, RawTable],
    frames: Mapping[str, pl.DataFrame],
    spine: pl.DataFrame,
) -> pl.DataFrame:
    """The spine with a column per feature; rows and their order are kept.

    Parameters
    ----------
    features : iterable of Feature
    tables, frames : mappings of table name to declaration and to good rows
    spine : DataFrame with customer_id (String) and snapshot_date (Date)
        Duplicates and unknown customers are allowed.

    Returns
    -------
    DataFrame of len(spine) rows
        ``customer_id``, ``snapshot_date`` and the features in declared order.
    """
    features = tuple(features)
    used = {feature.table for feature in features if hasattr(feature, "table")}
    rows = spine.with_row_index("row_id").with_columns(
        pl.col("snapshot_date")
        .cast(pl.Datetime("us"))
        .dt.epoch("us")
        .alias("snapshot_us")
    )
    inputs = {name: on_both_axes(frames[name], tables[name]) for name in sorted(used)}
    sql = compile_features(features, tables, dialect="duckdb")
    built = run_sql(sql, inputs | {"spine": rows.drop("snapshot_date")})
    return spine.hstack(tidy(built.sort("row_id").drop("row_id"), features))


def build_columns(dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    """The features of a table-like data set, a row each, in the rows' order."""
    (name,) = dataset.tables
    sql = compile_columns(dataset.features, name, dialect="duckdb")
    built = run_sql(sql, {name: frame.with_row_index("row_id")})
    return tidy(built.sort("row_id").drop("row_id"), dataset.features)


def tidy(built: pl.DataFrame, features: Iterable[Feature]) -> pl.DataFrame:
    """Give each feature its type: Int64 or Float64 for numbers, String otherwise."""
    kinds = {feature.name: feature.kind for feature in features}
    return built.select(
        pl.col(name).cast(
            pl.String if kind == "category" else _number(built[name].dtype)
        )
        for name, kind in kinds.items()
    )


def _number(dtype: pl.DataType) -> type[pl.DataType]:
    return pl.Float64 if dtype.is_float() or dtype.is_decimal() else pl.Int64
