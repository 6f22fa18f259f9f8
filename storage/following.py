"""Scores, each with what became of its customer, from everybody who tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from churn.dataset import Dataset
from churn.monitoring.following import Labelling, Looked, OutcomePlan
from churn.monitoring.labels import Labels, matched, settled
from churn.monitoring.outcomes import (
    TOLD,
    told_by_events,
    told_by_table,
    with_outcomes,
)
from churn.snapshots import SnapshotPlan
from churn.tables import Tables
from storage.labels import read_label_files
from storage.predictions.record import CustomerHash
from storage.scored_rows import Sample, named, scored_rows
from storage.served import Period

DATE = "snapshot_date"
NO_LABELS = "labels come with --source or --labels, or are fed back to the server"


@dataclass(frozen=True)
class Followed:
    """Scores with their outcomes, label rows that count for nothing, and the sums."""

    outcomes: pl.DataFrame
    quarantined: pl.DataFrame
    labelling: Labelling


def follow(  # noqa: PLR0913 (whose scores, told by whom, until when)
    dataset: Dataset,
    tables: Tables,
    paths: Sequence[str],
    looked: Looked,
    plan: OutcomePlan,
    snapshots: SnapshotPlan | None,
    *,
    model: str,
    as_of: datetime,
    environ: Mapping[str, str],
) -> Followed:
    """Join scores with raw tables, label files and feedback, in this order of trust.

    Raises
    ------
    SourceError
        If a label file cannot be read.
    TableError
        If a table cannot be read.
    """
    period = Period(looked.first_followed_day, looked.last_day)
    sample = Sample.of(looked.n_followed, period, plan.most_rows)
    scored = scored_rows(
        dataset, looked.version, period, sample, model=model, environ=environ
    )
    names = CustomerHash.of(environ)
    read = settled(read_label_files(paths), as_of=as_of)
    labels = matched(_looked_at(read, names, period, sample), scored)
    by_tables = _by_tables(dataset, tables, scored, names, snapshots, as_of)
    outcomes = with_outcomes(scored, [by_tables, _by_files(labels)], as_of=as_of)
    sources = {
        tables.source: len(by_tables),
        "label files": len(labels.good),
        "feedback": scored["fed_back"].count(),
    }
    told_by = tuple(name for name, n in sources.items() if n)
    notes = _notes(labels, sample, told_by)
    return Followed(
        outcomes, labels.quarantined, _summed(outcomes, labels, told_by, notes)
    )


def _looked_at(
    labels: Labels, names: CustomerHash, period: Period, sample: Sample
) -> Labels:
    """The labels of dates and customers that are followed, named as the scores are."""
    days = pl.Series(sorted(sample.days or ()), dtype=pl.Date)
    is_day = pl.lit(True) if sample.days is None else pl.col(DATE).is_in(days.implode())
    good = named(labels.good, names).filter(
        pl.col(DATE).is_between(period.first, period.last), is_day, sample.keeps()
    )
    return replace(labels, good=good)


def _by_tables(
    dataset: Dataset,
    tables: Tables,
    scored: pl.DataFrame,
    names: CustomerHash,
    snapshots: SnapshotPlan | None,
    as_of: datetime,
) -> pl.DataFrame:
    if not tables.frames:
        return pl.DataFrame(schema=TOLD)
    frames = [f for f in tables.frames.values() if "customer_id" in f.columns]
    known = pl.concat([frame.select("customer_id") for frame in frames]).unique()
    called = named(known.drop_nulls().sort("customer_id"), names)
    if snapshots is None:
        return told_by_table(dataset, tables.frames, called, as_of=as_of)
    return told_by_events(
        dataset, tables.frames, called, scored, snapshots, as_of=as_of
    )


def _by_files(labels: Labels) -> pl.DataFrame:
    return labels.good.select(
        "customer",
        DATE,
        "is_churn",
        churn_day=pl.lit(None, pl.Int32),
        is_gone=pl.lit(False),
    )


def _summed(
    outcomes: pl.DataFrame,
    labels: Labels,
    told_by: tuple[str, ...],
    notes: tuple[str, ...],
) -> Labelling:
    because = labels.quarantined["reasons"].list.first().value_counts(sort=True)
    return Labelling(
        sources=told_by,
        n_scores=len(outcomes),
        n_known=outcomes["is_churn"].count(),
        n_read=labels.n_read,
        n_quarantined=len(labels.quarantined),
        quarantined_because=dict(because.rows()),
        notes=notes,
    )


def _notes(labels: Labels, sample: Sample, told_by: tuple[str, ...]) -> tuple[str, ...]:
    told = [sample.sentence, "" if told_by else NO_LABELS]
    if labels.n_later:
        told.append(
            f"{labels.n_later:,} rows of label files were not known yet as of this day"
        )
    if not labels.quarantined.is_empty():
        reasons = labels.quarantined["reasons"].list.first().value_counts(sort=True)
        listed = ", ".join(f"{n:,} {why}" for why, n in reasons.rows())
        told.append(
            f"{len(labels.quarantined):,} of {labels.n_read:,} rows of label files "
            f"count for nothing: {listed}"
        )
    return tuple(one for one in told if one)
