"""One date's scores: from stored customers to stored scores and their profile."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import polars as pl

from churn.batch.parts import used_features
from churn.batch.record import (
    CONTACT,
    HAS_LEFT,
    BatchPlan,
    CurrentRows,
    Origin,
    Scored,
)
from churn.batch.score import PART_ROWS, Customers, Scorer, Scores, score_date
from churn.content import content_hash
from churn.dataset import Dataset
from churn.eligibility import Frames
from churn.errors import NotEnoughDataError
from churn.features.engine import Engine
from churn.monitoring.day import DayProfile
from churn.monitoring.documents import day_document
from churn.scoring.bundle import Bundle
from churn.snapshots import table_rows, with_value
from storage.daily import DailyDocuments
from storage.delta import TableError
from storage.feature_table import FeatureTable, fill
from storage.predictions.record import CustomerHash
from storage.score_table import ScoreTable

NO_ROWS = pl.DataFrame()


def store_current(
    dataset: Dataset,
    frames: Frames,
    *,
    as_of: datetime,
    data_version: str,
    engine: Engine,
    environ: Mapping[str, str],
) -> tuple[CurrentRows, pl.DataFrame]:
    """Make sure that the date's features are stored, and rest on these rows.

    Returns
    -------
    CurrentRows
        Of the newest midnight by ``as_of``.
    DataFrame
        The rows themselves of a table-like data set, which are stored nowhere, with
        ``HAS_LEFT`` by its churn column; for others it is empty.

    Raises
    ------
    NotEnoughDataError
        If there is no customer on that date.
    """
    day = as_of.date()
    if dataset.kind == "table":
        rows = table_rows(dataset, frames, as_of=as_of)
        current = CurrentRows(
            snapshot_date=day,
            n_rows=len(rows),
            is_built=True,
            feature_version=_version_of(rows),
            data_version=data_version,
            address=None,
        )
        return current, rows.hstack([_has_left(dataset, frames)])
    table = FeatureTable.of(dataset, environ=environ)
    built = dict(fill(table, dataset, frames, [day], engine=engine))
    if day not in table.dates():
        raise NotEnoughDataError(
            f"no customer is eligible on {day}; the rule is: {dataset.eligible}"
        )
    current = CurrentRows(
        snapshot_date=day,
        n_rows=table.count([day]),
        is_built=day in built,
        feature_version=table.dates()[day],
        data_version=data_version,
        address=table.url,
    )
    return current, NO_ROWS


def _has_left(dataset: Dataset, frames: Frames) -> pl.Series:
    """Who has left by the table's own column, in the order of ``table_rows``."""
    ((_, frame),) = frames.items()
    column = dataset.churn_column
    if column not in frame.columns:
        return pl.repeat(False, len(frame), eager=True).alias(HAS_LEFT)
    return frame.sort("customer_id")[column].fill_null(False).alias(HAS_LEFT)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run scores, with whom, and when.

    ``table_customers`` are the rows where they are stored nowhere else.
    """

    dataset: Dataset
    current: CurrentRows
    table_customers: pl.DataFrame
    model: str
    version: str
    bundle: Bundle
    scored_at: datetime


def score_and_store(
    run: Run,
    plan: BatchPlan,
    *,
    max_quarantined_share: float,
    environ: Mapping[str, str],
) -> Scored:
    """Score the customers of the date, and make these its scores and its profile.

    Run again it makes the same, with another ``scored_at``. Killed at any moment it
    leaves the date as it was or as it became.

    Raises
    ------
    TableError
        If the stored features are not those that were asked for, a table cannot be
        used, or another run scored the date meanwhile.
    DataError
        As ``score_date``.
    """
    table = ScoreTable.of(run.model, environ=environ)
    scorer = Scorer(
        bundle=run.bundle,
        features=used_features(run.bundle, run.dataset.features),
        model=run.model,
        version=run.version,
        day=run.current.snapshot_date,
        named=CustomerHash.of(environ).name,
    )
    customers = current_customers(run, environ=environ)
    scores = score_date(
        scorer, customers, plan, max_quarantined_share=max_quarantined_share
    )
    _check_counts(run.current, scores)
    table.write(scorer.day, scores.parts(), _origin(run), scores.quarantined)
    _keep_profile(run, scores.profile, environ)
    return _scored(run, plan, scores, table)


def current_customers(run: Run, *, environ: Mapping[str, str]) -> Customers:
    """The stored rows of the date, in parts.

    Raises
    ------
    TableError
        If they were replaced since, and rest on other data.
    """
    if run.dataset.kind == "table":
        return Customers(
            lambda: run.table_customers.iter_slices(PART_ROWS), lambda part: part
        )
    table, day = (
        FeatureTable.of(run.dataset, environ=environ),
        run.current.snapshot_date,
    )
    if table.dates().get(day) != run.current.feature_version:
        raise TableError(
            f"{table.url}: the features of {day} were replaced while this run was "
            "about to score them; run again"
        )
    return Customers(
        partial(table.parts, day, n_rows=PART_ROWS), partial(with_value, run.dataset)
    )


def _keep_profile(run: Run, profile: DayProfile, environ: Mapping[str, str]) -> None:
    """Keep it instead of that of any version whose scores these replaced."""
    kept = DailyDocuments.of(f"profiles/{run.model}", environ=environ)
    day, prefix = profile.day, f"{profile.source}:"
    there = [one.key for one in kept.read(day, day) if one.key.startswith(prefix)]
    documents = dict.fromkeys(there) | {
        f"{prefix}{profile.version}": day_document(profile)
    }
    kept.put(day, documents, written_at=run.scored_at)


def _origin(run: Run) -> Origin:
    return Origin(
        model_version=run.version,
        bundle_sha256=run.bundle.bundle_sha256,
        feature_version=run.current.feature_version,
        data_version=run.current.data_version,
        scored_at=run.scored_at,
    )


def _scored(run: Run, plan: BatchPlan, scores: Scores, table: ScoreTable) -> Scored:
    rows, quarantined = scores.rows, scores.quarantined
    listed = rows.filter(pl.col("rank") > 0)
    reasons = quarantined["reason"].value_counts().sort("reason")
    return Scored(
        model=run.model,
        snapshot_date=run.current.snapshot_date,
        origin=_origin(run),
        plan=plan,
        economics=run.bundle.economics,
        n_rows=run.current.n_rows,
        n_scored=len(rows),
        n_quarantined=len(quarantined),
        quarantined_because=dict(reasons.rows()),
        n_left=scores.n_left,
        n_contacted=int((rows["decision"] == CONTACT).sum()),
        n_listed=len(listed),
        n_explained=int(rows["reasons"].is_not_null().sum()),
        mean_probability=float(rows.select(pl.mean("probability")).item()),
        listed_net_value_eur=float(listed["expected_net_value_eur"].sum()),
        table_version=table.version,
        address=table.url,
        quarantine_address=table.quarantine_url,
    )


def _check_counts(current: CurrentRows, scores: Scores) -> None:
    n_scored, n_bad = len(scores.rows), len(scores.quarantined)
    if n_scored + n_bad != current.n_rows:
        raise TableError(
            f"{current.address}: of {current.n_rows:,} customers {n_scored:,} were "
            f"scored and {n_bad:,} put aside, which is not all of them; run again"
        )


def _version_of(rows: pl.DataFrame) -> str:
    buffer = io.BytesIO()
    rows.write_parquet(buffer)
    return content_hash({"rows": buffer.getvalue()})
