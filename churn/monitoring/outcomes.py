"""What became of scored customers, as far as it is known."""

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from churn.dataset import Dataset
from churn.eligibility import Frames
from churn.features.engine import DUCKDB
from churn.features.history import DAY_US
from churn.features.lineage import references
from churn.snapshots import SnapshotPlan, window_events

KEY = ("customer", "snapshot_date")
TOLD = {
    "customer": pl.String,
    "snapshot_date": pl.Date,
    "is_churn": pl.Boolean,
    "churn_day": pl.Int32,
    "is_gone": pl.Boolean,
}
"""Columns of what a source tells of customers at dates: whether they churned (null:
not known yet), on which day after the snapshot, and whether they left within the lead
time, so that they have no label at all."""

SLICE = "slice__"
SNAPSHOT_US = pl.col("snapshot_date").cast(pl.Datetime("us")).cast(pl.Int64)


def told_by_events(
    dataset: Dataset,
    frames: Frames,
    names: pl.DataFrame,
    scored: pl.DataFrame,
    plan: SnapshotPlan,
    *,
    as_of: datetime,
) -> pl.DataFrame:
    """Labels by the rule of the data set, as soon as they can be known.

    An event of the label window is known when it is known; that there is none, only
    once the window has closed.

    Parameters
    ----------
    names : DataFrame
        ``customer_id`` of every customer in the raw tables, and ``customer``, how the
        scores call it.
    scored : DataFrame
        ``customer`` and ``snapshot_date``. Of customers whom the raw tables do not
        know nothing is told: nobody can say whether they left.

    Returns
    -------
    DataFrame
        Columns ``TOLD``, one row a known customer and date.
    """
    label = dataset.label
    if label is None or scored.is_empty():
        return pl.DataFrame(schema=TOLD)
    spine = scored.select(KEY).unique().join(names, on="customer").sort(KEY)
    asked = spine.select("customer_id", "snapshot_date")
    counts = window_events(label, dataset, frames, asked, plan, as_of=as_of)
    told = _by_absence if label.outcome == "absent" else _by_occurrence
    is_closed = SNAPSHOT_US + plan.maturity_days * DAY_US <= _in_us(as_of)
    return spine.hstack(counts).select(*KEY, **told(pl.col("in_window") > 0, is_closed))


def _by_occurrence(found: pl.Expr, is_closed: pl.Expr) -> dict[str, pl.Expr]:
    since_us = pl.col("first_us") - SNAPSHOT_US
    return {
        "is_churn": pl.when(found).then(True).when(is_closed).then(False),
        "churn_day": (since_us / DAY_US).ceil().cast(pl.Int32),
        "is_gone": pl.col("in_lead") > 0,
    }


def _by_absence(found: pl.Expr, is_closed: pl.Expr) -> dict[str, pl.Expr]:
    return {
        "is_churn": pl.when(found).then(False).when(is_closed).then(True),
        "churn_day": pl.lit(None, pl.Int32),
        "is_gone": pl.lit(False),
    }


def _in_us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def told_by_table(
    dataset: Dataset, frames: Frames, names: pl.DataFrame, *, as_of: datetime
) -> pl.DataFrame:
    """What the rows of a table-like data set say of its customers at ``as_of``."""
    ((_, frame),) = frames.items()
    rows = frame.join(names, on="customer_id", maintain_order="left")
    return rows.select(
        "customer",
        snapshot_date=pl.lit(as_of.date()),
        is_churn=pl.col(str(dataset.churn_column)),
        churn_day=pl.lit(None, pl.Int32),
        is_gone=pl.lit(False),
    )


def with_outcomes(
    scored: pl.DataFrame, told: Sequence[pl.DataFrame], *, as_of: datetime
) -> pl.DataFrame:
    """Scored rows with what is known of each; the first who knows is believed.

    Parameters
    ----------
    scored : DataFrame
        ``customer, snapshot_date, version, probability, is_contacted,
        customer_value_eur`` and ``slice__<name>``; ``fed_back`` where a server was
        told, which is believed last.
    told : sequence of DataFrame
        Columns ``TOLD`` each, one row a customer and date.

    Returns
    -------
    DataFrame
        As ``churn.monitoring.harm.OUTCOMES`` says; who left within the lead time is
        left out.
    """
    rows = scored.with_columns(
        is_churn=pl.lit(None, pl.Boolean),
        churn_day=pl.lit(None, pl.Int32),
        is_gone=pl.lit(False),
    )
    for one in told:
        rows = _filled(rows, one)
    slices = [name for name in rows.columns if name.startswith(SLICE)]
    last_day = as_of.astimezone(UTC).date()
    return (
        rows.filter(~pl.col("is_gone"))
        .with_columns(
            elapsed_days=(pl.lit(last_day) - pl.col("snapshot_date"))
            .dt.total_days()
            .cast(pl.Int32),
            is_churn=pl.coalesce("is_churn", "fed_back"),
        )
        .select(
            "snapshot_date",
            "version",
            "customer",
            "probability",
            "is_contacted",
            "customer_value_eur",
            "elapsed_days",
            "is_churn",
            "churn_day",
            *slices,
        )
        .sort("snapshot_date", "customer", "version")
    )


def _filled(rows: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The rows with what is told, where nothing was known of them."""
    joined = rows.join(told, on=KEY, how="left", suffix="_told", maintain_order="left")
    is_new = pl.col("is_churn").is_null()
    return joined.with_columns(
        is_churn=pl.coalesce("is_churn", "is_churn_told"),
        churn_day=pl.when(is_new).then("churn_day_told").otherwise("churn_day"),
        is_gone=pl.col("is_gone") | pl.col("is_gone_told").fill_null(False),
    ).drop("is_churn_told", "churn_day_told", "is_gone_told")


def slice_groups(
    dataset: Dataset, rows: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The group of each row by every slice that its columns can tell.

    Returns
    -------
    DataFrame and tuple of str
        Columns ``slice__<name>``, in the order of the rows; and the names of the
        slices that need something the rows lack.
    """
    told = {
        name: sql
        for name, sql in dataset.slices.items()
        if references(sql) <= set(rows.columns)
    }
    lacking = tuple(name for name in dataset.slices if name not in told)
    if not told:
        return pl.DataFrame(), lacking
    used = sorted(set().union(*map(references, told.values())))
    listing = ", ".join(
        f'CAST(({sql}) AS VARCHAR) AS "{SLICE}{name}"' for name, sql in told.items()
    )
    sql = f"SELECT {listing} FROM rows ORDER BY row_id"  # noqa: S608 (as declared)
    return DUCKDB.run(
        sql, {"rows": rows.select(used).with_row_index("row_id")}
    ), lacking
