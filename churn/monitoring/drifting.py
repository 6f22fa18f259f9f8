"""Which drift is more than chance and more than tolerated: it explains, no more."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from churn.monitoring.day import DayProfile, merged
from churn.monitoring.drift import SCORE, FeatureDrift
from churn.monitoring.drifts import feature_drifts, score_drift, slice_drifts
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.reference import Reference
from churn.monitoring.sequential import Budget

Drifts = Callable[[DayProfile], Sequence[FeatureDrift]]


def drifts(
    reference: Reference, days: Sequence[DayProfile], plan: MonitoringPlan
) -> tuple[FeatureDrift, ...]:
    """Every feature, the score and each slice's score of a window, the worst first.

    One control over all of them and all days: each look at each may err at the same
    share of ``drift_error_rate`` (Bonferroni, for they depend on one another in ways
    nobody knows). Less than the tolerated PSI is no drift, however sure it is.
    """

    def of(window: DayProfile) -> list[FeatureDrift]:
        few = plan.fewest_rows
        return [
            *feature_drifts(reference, window, fewest_rows=few),
            *slice_drifts(reference, window, fewest_rows=few),
            score_drift(reference, window, fewest_rows=few),
        ]

    found = of(merged(days))
    z = Budget(plan.drift_error_rate, len(found), plan.looks_a_year, 0.0).threshold
    moved = {one.name for one in found if _is_significant(one, plan, z)}
    began = _began(moved, days, of, plan) if moved else {}
    marked = [
        replace(one, is_significant=one.name in moved, since=began.get(one.name))
        for one in found
    ]
    return tuple(sorted(marked, key=lambda one: (-_psi(one), one.name)))


def split(
    found: Sequence[FeatureDrift],
) -> tuple[tuple[FeatureDrift, ...], FeatureDrift]:
    """The features and slices, and the score."""
    (score,) = (one for one in found if one.name == SCORE)
    return tuple(one for one in found if one.name != SCORE), score


def _is_significant(drift: FeatureDrift, plan: MonitoringPlan, z: float) -> bool:
    found = drift.distances
    if found is None:
        return False
    excess = found.psi_corrected - plan.tolerances["psi"]
    return excess > z * found.psi_standard_error


def _began(
    moved: set[str], days: Sequence[DayProfile], of: Drifts, plan: MonitoringPlan
) -> dict[str, date]:
    """The first of the last days, without a break, beyond what is tolerated."""
    began: dict[str, date] = {}
    still = set(moved)
    for when in sorted({day.day for day in days}, reverse=True):
        newest = of(merged([day for day in days if day.day == when]))
        still -= {d.name for d in newest if d.distances and not _is_beyond(d, plan)}
        began |= dict.fromkeys(still, when)
    return began


def _is_beyond(drift: FeatureDrift, plan: MonitoringPlan) -> bool:
    return _psi(drift) > plan.tolerances["psi"]


def _psi(drift: FeatureDrift) -> float:
    return drift.distances.psi_corrected if drift.distances else 0.0
