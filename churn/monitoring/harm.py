"""One look at a model in production: is it wrong, how wrong, how sure is that."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import polars as pl

from churn.errors import DataError
from churn.monitoring.censoring import LabelWindow, is_matured
from churn.monitoring.cohorts import Cohorts, cohorts
from churn.monitoring.day import UNNAMED, DayProfile
from churn.monitoring.drifting import drifts, split
from churn.monitoring.estimate import doubts, estimated
from churn.monitoring.health import Health, Measured
from churn.monitoring.looks import estimated_harms, matured_harms
from churn.monitoring.measure import FEWEST_OF_A_KIND, early, first, matured
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.quality import findings, quality_harms
from churn.monitoring.reference import Reference
from churn.monitoring.sketch import merged_sketch
from churn.monitoring.trend import day_figures, slice_health
from churn.monitoring.trials import ReferenceRows, reference_rows
from churn.monitoring.verdict import contradicted, sentence_of, verdict_of
from churn.monitoring.volume import volume_harms
from churn.monitoring.windows import EVERYONE, score_window, trailing

__all__ = ["OUTCOMES", "LabelWindow", "assess"]

OUTCOMES = {
    "snapshot_date": pl.Date,
    "version": pl.String,
    "customer": pl.String,
    "probability": pl.Float64,
    "is_contacted": pl.Boolean,
    "customer_value_eur": pl.Float64,
    "elapsed_days": pl.Int32,
    "is_churn": pl.Boolean,
    "churn_day": pl.Int32,
}
"""Columns of ``outcomes``; further ones are called ``slice__<name>``. ``elapsed_days``
is from the snapshot to ``as_of``, ``churn_day`` from the snapshot to the leaving,
``is_churn`` null while it is not known. Whoever left within the lead time is not in
it: no label will ever be."""


def assess(
    reference: Reference,
    days: Sequence[DayProfile],
    outcomes: pl.DataFrame | None,
    plan: MonitoringPlan,
    window: LabelWindow | None,
    *,
    as_of: datetime,
) -> Health:
    """Look at one version: the one that the reference was taken of.

    Parameters
    ----------
    days : sequence of DayProfile
        Of the window and before; batch and log of one day may both be there. Those of
        other bundles count for the volume and for nothing else.
    outcomes : DataFrame or None
        Columns ``OUTCOMES`` and ``slice__<name>``; None where labels are not known at
        all. Rows of other versions are left out.
    window : LabelWindow or None
        None where every label is known at once.
    as_of : datetime, UTC

    Returns
    -------
    Health
        The same for the same arguments, whenever it is asked.

    Raises
    ------
    DataError
        If no day is of the reference's bundle.
    """
    own = [day for day in days if day.bundle_sha256 == reference.bundle_sha256]
    if not own:
        raise DataError(
            f"expected scores of the bundle {reference.bundle_sha256[:12]}, found none "
            f"in {len(days)} daily profiles; run batch_inference, or ask its server"
        )
    shown = trailing(own, plan.window_days)
    before = reference_rows(reference)
    groups = before.groups if before else (EVERYONE,)
    rows = _own_outcomes(outcomes, own[0].version)
    known = _matured(rows, window, groups, reference)
    whole = score_window(shown, groups, plan.window_days)
    current = first(whole.rows)
    harms = (
        *estimated_harms(before, own, plan),
        *matured_harms(before, known, plan),
        *volume_harms(days, plan, as_of=as_of),
        *quality_harms(reference, shown, plan),
    )
    moved = drifts(reference, shown, plan)
    drift, score_drift = split(moved)
    why_not = tuple(doubts(before, current, drift, tuple(contradicted(harms)), plan))
    told = estimated(before, current, reference.economics, why_not)
    measured = matured(before, known)
    corrected = _early(before, rows, window, reference, plan)
    verdict = verdict_of(harms, told, measured, corrected, moved, plan)
    return Health(
        model=own[0].model,
        version=own[0].version,
        as_of=as_of.astimezone(UTC).date(),
        first_day=whole.first_day,
        last_day=whole.last_day,
        n_scored=sum(day.n for day in shown),
        n_customers=_n_customers(shown),
        n_days=len({day.day for day in shown}),
        verdict=verdict,
        sentence=sentence_of(verdict, harms, told, measured, corrected, moved),
        harms=tuple(sorted(harms, key=lambda harm: not harm.is_alarm)),
        estimated=told,
        measured=measured,
        early=corrected,
        drift=drift,
        score_drift=score_drift,
        slices=slice_health(before, whole, known) if before else (),
        trend=day_figures(shown, known),
        quality=findings(shown),
        notes=(
            *reference.lacks,
            *_notes(outcomes, known, measured, window),
        ),
    )


def _n_customers(shown: Sequence[DayProfile]) -> int:
    """Customers scored: in one named batch each row is one, else sketches estimate."""
    n, first_day = sum(day.n for day in shown), shown[0]
    is_named = not first_day.quality.get(UNNAMED)
    if len(shown) == 1 and first_day.source == "batch" and is_named:
        return n
    return min(n, round(merged_sketch([day.customers for day in shown]).n_customers))


def _own_outcomes(outcomes: pl.DataFrame | None, version: str) -> pl.DataFrame | None:
    if outcomes is None:
        return None
    return outcomes.filter(
        (pl.col("version") == version) & pl.col("probability").is_not_null()
    )


def _matured(
    rows: pl.DataFrame | None,
    window: LabelWindow | None,
    groups: Sequence[str],
    reference: Reference,
) -> Cohorts | None:
    if rows is None:
        return None
    labelled = rows.filter(is_matured(rows, window))
    if labelled.is_empty():
        return None
    churn = labelled["is_churn"].cast(pl.Float64).to_numpy()
    return cohorts(labelled, churn, groups, reference.economics)


def _early(
    before: ReferenceRows | None,
    rows: pl.DataFrame | None,
    window: LabelWindow | None,
    reference: Reference,
    plan: MonitoringPlan,
) -> Measured | None:
    if rows is None or window is None:
        return None
    return early(before, rows, window, reference.economics, plan)


def _notes(
    outcomes: pl.DataFrame | None,
    known: Cohorts | None,
    measured: Measured | None,
    window: LabelWindow | None,
) -> Iterator[str]:
    """Every result that had to be reduced."""
    if outcomes is None:
        yield "no labels are known: what the model was worth cannot be measured"
        return
    if known is None:
        needed = f" after {window.maturity_days} days" if window else ""
        yield f"no label has matured yet; labels are known{needed}"
    elif measured is None:
        yield (
            f"fewer than {FEWEST_OF_A_KIND} customers left, or stayed, of those whose "
            "labels have matured: too few for a figure"
        )
    if window is not None and window.outcome == "absent":
        yield (
            "churn is the absence of an event, which only the whole label window "
            "shows: early labels say nothing"
        )
