"""Scores, each with what became of its customer, from everybody who tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from churn.dataset import Dataset
from churn.monitoring.following import Labelling, Looked, OutcomePlan
from churn.monitoring.labels import (
    CONTRADICTED,
    FILE,
    KEY,
    ROW,
    UNKNOWN_DATE,
    Given,
    Labels,
    given,
    matched,
    settled,
)
from churn.monitoring.outcomes import (
    TOLD,
    told_by_events,
    told_by_table,
    with_outcomes,
)
from churn.report.formats import plural
from churn.snapshots import SnapshotPlan
from churn.tables import Tables
from storage.label_table import LabelTable
from storage.labels import read_label_files
from storage.looking import days_of_others
from storage.predictions.record import CustomerHash
from storage.scored_rows import Sample, named, scored_rows
from storage.served import Period

DATE = "snapshot_date"
NAMED_DATES = 3
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

    What label files say is kept for later looks, but what is quarantined as of nobody
    who was scored.

    Raises
    ------
    SourceError
        If a label file cannot be read.
    TableError
        If a table cannot be read or written.
    """
    period = Period(looked.first_followed_day, looked.last_day)
    sample = Sample.of(looked.n_followed, period, plan.most_rows)
    scored = scored_rows(
        dataset, looked.version, period, sample, model=model, environ=environ
    )
    names = CustomerHash.of(environ)
    new = given(read_label_files(paths))
    labels = _labels(
        new, looked, scored, sample, model=model, as_of=as_of, environ=environ
    )
    by_tables = _by_tables(dataset, tables, scored, names, snapshots, as_of)
    outcomes = with_outcomes(scored, [by_tables, _by_files(labels)], as_of=as_of)
    sources = {
        tables.source: len(by_tables),
        "label files": len(labels.good),
        "feedback": scored["fed_back"].count(),
    }
    told_by = tuple(name for name, n in sources.items() if n)
    quarantined = pl.concat([new.quarantined, labels.quarantined])
    because = dict(quarantined["reasons"].list.first().value_counts(sort=True).rows())
    notes = (
        sample.sentence,
        "" if told_by else NO_LABELS,
        _gone(len(scored) - len(outcomes)),
        *_left_out(new, labels, looked),
        _count_for_nothing(because, scored[DATE]),
    )
    labelling = Labelling(
        sources=told_by,
        n_scores=len(outcomes),
        n_known=outcomes["is_churn"].count(),
        n_read=len(new.rows) + len(new.quarantined),
        n_quarantined=len(quarantined),
        quarantined_because=because,
        notes=tuple(note for note in notes if note),
    )
    return Followed(outcomes, quarantined, labelling)


def _labels(  # noqa: PLR0913 (what is given, to whom, until when)
    new: Given,
    looked: Looked,
    scored: pl.DataFrame,
    sample: Sample,
    *,
    model: str,
    as_of: datetime,
    environ: Mapping[str, str],
) -> Labels:
    """What counts of all labels that were ever given; the new ones are kept."""
    period = Period(looked.first_followed_day, looked.last_day)
    table = LabelTable.of(model, environ=environ)
    in_period = pl.col(DATE).is_between(period.first, period.last)
    rows = [table.read(period.first, period.last), new.rows.filter(in_period)]
    known = settled(pl.concat(rows), as_of=as_of)
    others = days_of_others(model, looked.version, period, environ=environ)
    followed = _followed(known, CustomerHash.of(environ), sample)
    labels = matched(followed, scored, others)
    table.keep(_that_may_tell(new, labels))
    return labels


def _followed(labels: Labels, names: CustomerHash, sample: Sample) -> Labels:
    """The labels of days and customers that are followed, named as the scores are."""
    days = pl.Series(sorted(sample.days or ()), dtype=pl.Date)
    is_day = pl.lit(True) if sample.days is None else pl.col(DATE).is_in(days.implode())
    good = named(labels.good, names).filter(is_day, sample.keeps())
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


def _that_may_tell(new: Given, labels: Labels) -> pl.DataFrame:
    """The rows given now, without customers and days that nobody was scored on."""
    is_strange = pl.col("reasons").list.first() != CONTRADICTED
    places = labels.quarantined.filter(is_strange).select(
        pl.col("table").alias(FILE), pl.col("row_number").alias(ROW)
    )
    strange = new.rows.join(places, on=[FILE, ROW], how="semi")
    return new.rows.join(strange, on=list(KEY), how="anti", maintain_order="left")


def _left_out(new: Given, labels: Labels, looked: Looked) -> tuple[str, ...]:
    """Label rows that nothing is wrong with, and that tell this look nothing."""
    first, last = looked.first_followed_day, looked.last_day
    n_elsewhere = len(new.rows.filter(~pl.col(DATE).is_between(first, last)))
    counted = (
        (n_elsewhere, f"of other days than {first} to {last}: kept for looks at those"),
        (labels.n_of_others, "of customers and days that another version scored"),
        (labels.n_later, "not known yet as of this day"),
    )
    return tuple(
        f"{plural(n, 'row')} of label files left out, {why}" for n, why in counted if n
    )


def _gone(n: int) -> str:
    """That scores have no label, and why; empty where none is such."""
    if not n:
        return ""
    return (
        f"{plural(n, 'score')} of customers who left within the lead time, too soon "
        "to be contacted: no label will be, and they count for nothing"
    )


def _count_for_nothing(because: Mapping[str, int], scored_on: pl.Series) -> str:
    if not because:
        return ""
    listed = ", ".join(f"{n:,} {why}" for why, n in because.items())
    told = (
        f"{plural(sum(because.values()), 'row')} of label files quarantined: {listed}"
    )
    if UNKNOWN_DATE not in because:
        return told
    newest = scored_on.unique().sort().tail(NAMED_DATES)
    return f"{told} (the newest dates scored: {', '.join(map(str, newest))})"
