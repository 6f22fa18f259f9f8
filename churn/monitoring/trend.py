"""The days of the window one by one, and the slices side by side."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from churn.evaluation.scorecard import Estimate
from churn.monitoring.churn_sums import ChurnSums
from churn.monitoring.cohorts import Cohorts
from churn.monitoring.day import DayProfile
from churn.monitoring.health import DayFigures, SliceHealth
from churn.monitoring.losses import Rows
from churn.monitoring.performance import estimate, roc_auc
from churn.monitoring.sequential import began
from churn.monitoring.trials import ReferenceRows
from churn.monitoring.windows import EVERYONE, Window, day_sums, effective_rows

AREA = "roc_auc"


def day_figures(
    days: Sequence[DayProfile], known: Cohorts | None
) -> tuple[DayFigures, ...]:
    """Each day of the window, in order, batch and log together."""
    dates = sorted({day.day for day in days})
    return tuple(_day([day for day in days if day.day == d], known) for d in dates)


def slice_health(
    reference: ReferenceRows, current: Window, known: Cohorts | None
) -> tuple[SliceHealth, ...]:
    """Each group's ranking, by either way and in the reference."""
    measured = known.window(None)[0].rows if known is not None else None
    return tuple(
        _slice(reference, current, measured, place)
        for place, group in enumerate(current.groups)
        if group != EVERYONE
    )


def score_losses(
    reference: ReferenceRows, days: Sequence[DayProfile], group: str
) -> dict[date, float]:
    """ROC-AUC that a group is estimated to have lost, day by day."""
    place = reference.groups.index(group)
    before = _area(reference.promised.sums[place])
    return {
        day.day: before - _area(day_sums(day, (group,))[0])
        for day in sorted(days, key=lambda day: day.day)
    }


def label_losses(
    reference: ReferenceRows, known: Cohorts, group: str
) -> dict[date, float]:
    """ROC-AUC that a group has lost by matured labels, snapshot date by date."""
    place = reference.groups.index(group)
    before = _area(reference.known.sums[place])
    losses = before - roc_auc(known.known, 1.0).value[:, place]
    return dict(zip(known.dates, losses.tolist(), strict=True))


def since(losses: dict[date, float], tolerance: float) -> date | None:
    """About when a loss began."""
    place = began(list(losses.values()), tolerance)
    return None if place is None else list(losses)[place]


def _day(days: Sequence[DayProfile], known: Cohorts | None) -> DayFigures:
    n = sum(day.n for day in days)
    sums = day_sums(days[0], (EVERYONE,))
    for day in days[1:]:
        sums = sums + day_sums(day, (EVERYONE,))
    when = days[0].day
    return DayFigures(
        day=when,
        n_scored=n,
        mean_probability=float(sums.p_sum.sum() / n) if n else None,
        estimated_roc_auc=_told(sums[0], effective_rows(days), n),
        measured_roc_auc=_measured(known, when),
    )


def _measured(known: Cohorts | None, when: date) -> Estimate | None:
    if known is None or when not in known.dates:
        return None
    sums = known.known[known.dates.index(when)][0]
    n = int(sums.n.sum())
    return _told(sums, float(n), n)


def _slice(
    reference: ReferenceRows, current: Window, measured: Rows | None, place: int
) -> SliceHealth:
    name, group = current.groups[place].split("=", 1)
    before = reference.known
    return SliceHealth(
        name=name,
        group=group,
        n=int(current.rows.sums.n[place].sum()),
        estimated_roc_auc=_of(current.rows, place),
        measured_roc_auc=None if measured is None else _of(measured, place),
        reference_roc_auc=_of(before, place),
    )


def _of(rows: Rows, place: int) -> Estimate:
    sums = rows.sums[place]
    return _told(sums, float(rows.n_effective[place]), int(sums.n.sum()))


def _told(sums: ChurnSums, n_effective: float, n: int) -> Estimate:
    return estimate(AREA, roc_auc(sums, np.float64(n_effective)), n)


def _area(sums: ChurnSums) -> float:
    return float(roc_auc(sums, 1.0).value)
