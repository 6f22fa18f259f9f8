"""The tests of the alarm budget, in figures: losses held against what is tolerated.

Arrays have the shape (..., n_groups): everyone first, then the slices. Leading axes are
looks side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from churn.monitoring.churn_sums import ChurnSums, expected, known, stacked
from churn.monitoring.losses import (
    Loss,
    Rows,
    broken_promise,
    estimated_ranking,
    matured_ranking,
    miscalibration,
)
from churn.monitoring.performance import net_value
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.reference import Reference
from churn.monitoring.sequential import Budget, statistic
from churn.monitoring.windows import EVERYONE
from churn.scoring.decision import Economics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RANKINGS = 2
"""Tests of each slice: its ranking as estimated and as measured."""

SIDES = 2
"""Calibration is tested both ways."""


@dataclass(frozen=True, eq=False)
class ReferenceRows:
    """The reference's groups by probabilities and by labels, and what contacts cost."""

    groups: tuple[str, ...]
    promised: Rows
    known: Rows
    economics: Economics


@dataclass(frozen=True, eq=False)
class Trial:
    """One test at some looks.

    Parameters
    ----------
    name : str
        Of ``plan.TESTS``, but of the slices too.
    loss : Loss
        Of arrays of shape (..., n_groups).
    tolerance : ndarray of that shape
    statistic : ndarray of that shape
        NaN where too few rows, or nothing to compare with.
    budgets : tuple of Budget
        One a group.
    """

    name: str
    loss: Loss
    tolerance: Floats
    statistic: Floats
    budgets: tuple[Budget, ...]

    @property
    def thresholds(self) -> Floats:
        """Of each group."""
        return np.array([budget.threshold for budget in self.budgets])

    @property
    def is_alarm(self) -> Bools:
        """Whether each look at each group is an alarm."""
        alarms: Bools = self.statistic > self.thresholds
        return alarms


def reference_rows(reference: Reference) -> ReferenceRows | None:
    """The reference's rows side by side; None where its bundle holds no outcomes."""
    if reference.scores is None:
        return None
    slices = reference.slices or {}
    counts = {EVERYONE: reference.scores, **{k: slices[k] for k in sorted(slices)}}
    promised = stacked([expected(one) for one in counts.values()])
    labelled = stacked([known(one) for one in counts.values()])
    n = labelled.n.sum(axis=-1)
    worth = n * min(1.0, reference.n_calibration_customers / max(n[0], 1.0))
    return ReferenceRows(
        groups=tuple(counts),
        promised=Rows(promised, worth),
        known=Rows(labelled, worth),
        economics=reference.economics,
    )


def estimated_trials(
    reference: ReferenceRows, current: Rows, plan: MonitoringPlan
) -> list[Trial]:
    """Tests that need no labels."""
    loss = estimated_ranking(reference.promised, reference.known.sums, current)
    return [_ranking("estimated_ranking", loss, current, plan)]


def matured_trials(
    reference: ReferenceRows, found: Rows, promised: Rows, plan: MonitoringPlan
) -> list[Trial]:
    """Tests on labels; of the slices only their ranking."""
    calibration = miscalibration(everyone(reference.known), everyone(found))
    return [
        _ranking(
            "matured_ranking", matured_ranking(reference.known, found), found, plan
        ),
        _trial(
            "matured_calibration",
            calibration,
            everyone(found),
            plan,
            np.full_like(calibration.value, plan.tolerances["churn_rate_ratio"]),
            [_budget(plan, "matured_calibration", SIDES, plan.reference_share)],
        ),
        _money(reference, promised, found, plan),
    ]


def _money(
    reference: ReferenceRows, promised: Rows, found: Rows, plan: MonitoringPlan
) -> Trial:
    """Whether contacting brought what the scores promised."""
    said, was = everyone(promised), everyone(found)
    loss = broken_promise(everyone(reference.known), said, was, reference.economics)
    worth = net_value(said.sums, said.n_effective).value
    tolerance = plan.tolerances["net_value_share"] * np.abs(worth)
    budget = _budget(plan, "matured_net_value", 1, plan.reference_share)
    return _trial("matured_net_value", loss, was, plan, tolerance, [budget])


def _ranking(name: str, loss: Loss, current: Rows, plan: MonitoringPlan) -> Trial:
    n_slices = loss.value.shape[-1] - 1
    tolerances = [plan.tolerances["roc_auc"]]
    tolerances += [plan.tolerances["slice_roc_auc"]] * n_slices
    share = plan.reference_share
    budgets = [_budget(plan, name, 1, share)]
    budgets += [_budget(plan, "slices", RANKINGS * n_slices, share)] * n_slices
    tolerance = np.broadcast_to(np.array(tolerances), loss.value.shape)
    return _trial(name, loss, current, plan, tolerance, budgets)


def _trial(
    name: str,
    loss: Loss,
    current: Rows,
    plan: MonitoringPlan,
    tolerance: Floats,
    budgets: Sequence[Budget],
) -> Trial:
    allowed = np.array([budget.reference_threshold for budget in budgets])
    with np.errstate(invalid="ignore"):
        certain = np.nan_to_num(allowed * loss.reference_error, posinf=np.inf)
    found = statistic(loss.value, loss.error, certain + tolerance)
    enough = current.is_enough(
        fewest_rows=plan.fewest_rows, fewest_churners=plan.fewest_churners
    )
    found = np.where(enough, found, np.nan)
    return Trial(name, loss, tolerance, found, tuple(budgets))


def _budget(
    plan: MonitoringPlan, test: str, n_tests: int, reference_share: float
) -> Budget:
    return Budget(
        error_rate=plan.error_rate(test),
        n_tests=n_tests,
        n_looks=plan.looks_a_year * len(plan.test_windows_days),
        reference_share=reference_share,
    )


def everyone(rows: Rows) -> Rows:
    """Everyone alone, the axis of groups kept."""
    sums = ChurnSums(*(part[..., :1, :] for part in vars(rows.sums).values()))
    return Rows(sums, rows.n_effective[..., :1])
