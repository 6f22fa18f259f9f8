"""Who is a customer when, and with which features."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from churn.dataset import Dataset, RawTable
from churn.features.build import build_features, numbered, on_both_axes
from churn.features.engine import DUCKDB, Engine
from churn.features.lineage import needed, references

Frames = Mapping[str, pl.DataFrame]

KEYS = ("customer_id", "snapshot_date")
ALWAYS_US = -(2**63)


def feature_rows(
    dataset: Dataset,
    frames: Frames,
    dates: list[date],
    *,
    engine: Engine = DUCKDB,
) -> pl.DataFrame:
    """Every customer who is eligible on these dates, with all features.

    Parameters
    ----------
    frames : mapping of raw table name to good rows

    Returns
    -------
    DataFrame
        ``customer_id, snapshot_date``, the features and their ``__expires_at``,
        sorted by date and customer.
    """
    spine = eligible_spine(dataset, frames, dates, engine=engine)
    return build_features(
        dataset.features, dataset.tables, frames, spine, engine=engine
    )


def no_feature_rows(dataset: Dataset) -> pl.DataFrame:
    """The columns of ``feature_rows`` in their types, without a row."""
    empty = {name: t.schema.create_empty() for name, t in dataset.tables.items()}
    return feature_rows(dataset, empty, [])


def eligible_spine(
    dataset: Dataset,
    frames: Frames,
    dates: list[date],
    *,
    engine: Engine = DUCKDB,
) -> pl.DataFrame:
    """Every customer known on a date on which the data set's rule holds."""
    rule = dataset.eligible or "TRUE"
    spine = _known_customers(dataset, frames, dates)
    asked = needed(references(rule), dataset.features)
    built = build_features(asked, dataset.tables, frames, spine, engine=engine)
    built = built.with_row_index("row_id")
    sql = f"SELECT customer_id, snapshot_date FROM built WHERE {rule} ORDER BY row_id"
    return DUCKDB.run(sql, {"built": built})


def _known_customers(
    dataset: Dataset, frames: Frames, dates: list[date]
) -> pl.DataFrame:
    """Each date with all customers of whom a row is visible then, sorted."""
    own = [name for name, table in dataset.tables.items() if table.customer]
    seen = [_seen_from(dataset.tables[n], frames[n]) for n in own or dataset.tables]
    customers = pl.concat(seen).drop_nulls("customer_id").group_by("customer_id")
    days = pl.DataFrame({"snapshot_date": dates}, schema={"snapshot_date": pl.Date})
    spine = days.sort("snapshot_date").join(
        customers.agg(pl.col("from_us").min()).sort("customer_id"),
        how="cross",
        maintain_order="left_right",
    )
    known = numbered(spine)["snapshot_us"] >= spine["from_us"]
    return spine.filter(known).select(KEYS)


def _seen_from(table: RawTable, frame: pl.DataFrame) -> pl.DataFrame:
    """Each row's customer and the instant from which the row is visible."""
    if table.event_time is None:
        return frame.select("customer_id", from_us=pl.lit(ALWAYS_US))
    moments = on_both_axes(frame, table).drop_nulls(["event_us", "known_us"])
    return moments.select(
        "customer_id", from_us=pl.max_horizontal("event_us", "known_us")
    )
