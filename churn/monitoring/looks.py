"""Every test of the alarm budget, at one look."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from churn.monitoring.cohorts import Cohorts
from churn.monitoring.day import DayProfile
from churn.monitoring.health import Harm
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.trend import label_losses, score_losses, since
from churn.monitoring.trials import (
    ReferenceRows,
    estimated_trials,
    matured_trials,
)
from churn.monitoring.windows import EVERYONE, score_window
from churn.monitoring.words import Look, harms, untested

RANKED = {"estimated_ranking": "roc_auc"}
MEASURED = {
    "matured_ranking": "roc_auc",
    "matured_calibration": "churn_rate_ratio",
    "matured_net_value": "net_value_share",
}
"""Tests on labels, and the name of what each tolerates."""

OF_PROMISED = "share of the net value promised"


def estimated_harms(
    before: ReferenceRows | None, days: Sequence[DayProfile], plan: MonitoringPlan
) -> tuple[Harm, ...]:
    """The tests that need no labels, of everyone and every slice."""
    if before is None:
        return _untested(RANKED, plan)
    windows = [
        score_window(days, before.groups, length) for length in plan.test_windows_days
    ]
    looks = [
        Look(window, trial)
        for window in windows
        for trial in estimated_trials(before, window.rows, plan)
    ]
    began = {
        (name, group): since(score_losses(before, days, group), _tolerance(group, plan))
        for name, group in _alarms(looks)
    }
    return harms(looks, began)


def matured_harms(
    before: ReferenceRows | None, known: Cohorts | None, plan: MonitoringPlan
) -> tuple[Harm, ...]:
    """The tests on matured labels, against the reference's."""
    if known is None or before is None:
        return _untested(MEASURED, plan)
    looks: dict[str, list[Look]] = {}
    for length in plan.test_windows_days:
        found, promised = known.window(length)
        for trial in matured_trials(before, found.rows, promised.rows, plan):
            looks.setdefault(trial.name, []).append(Look(found, trial))
    began = {
        (name, group): since(
            label_losses(before, known, group), _tolerance(group, plan)
        )
        for name, group in _alarms(looks["matured_ranking"])
    }
    return tuple(harm for each in looks.values() for harm in harms(each, began))


def _alarms(looks: Sequence[Look]) -> set[tuple[str, str]]:
    """Tests and groups that any window is an alarm of."""
    return {
        (look.trial.name, look.window.groups[place])
        for look in looks
        for place in look.trial.is_alarm.nonzero()[0]
    }


def _tolerance(group: str, plan: MonitoringPlan) -> float:
    return plan.tolerances["roc_auc" if group == EVERYONE else "slice_roc_auc"]


def _untested(names: Mapping[str, str], plan: MonitoringPlan) -> tuple[Harm, ...]:
    found = (
        untested(name, plan.error_rate(name), plan.tolerances[key])
        for name, key in names.items()
    )
    # What was promised is not known here, so that the share stays one.
    return tuple(
        replace(one, unit=OF_PROMISED) if one.name == "matured_net_value" else one
        for one in found
    )
