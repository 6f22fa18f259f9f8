"""What a model was worth, by labels: those that matured, and those that came early."""

from dataclasses import replace

import numpy as np
import polars as pl

from churn.evaluation.scorecard import Figures
from churn.monitoring.calibration import calibration_slope, decile_residuals
from churn.monitoring.censoring import LabelWindow, SeenShare, early_rows, seen_share
from churn.monitoring.cohorts import Cohorts, cohorts
from churn.monitoring.health import Measured
from churn.monitoring.losses import Rows
from churn.monitoring.performance import Reading, estimates, figures
from churn.monitoring.plan import MonitoringPlan
from churn.monitoring.trials import ReferenceRows
from churn.monitoring.windows import EVERYONE, Window
from churn.scoring.decision import Economics

FEWEST_OF_A_KIND = 10
"""Churners, and others: among fewer a figure's error is no normal one's."""


def matured(reference: ReferenceRows | None, known: Cohorts | None) -> Measured | None:
    """The figures of all cohorts whose labels have matured; None without any.

    None too where fewer than ``FEWEST_OF_A_KIND`` churned, or stayed.
    """
    if known is None:
        return None
    window, _ = known.window(None)
    found = figures_of(first(window.rows))
    told = estimates(found, _n(window))
    return _if_enough(_measured(window, told, told, reference, is_corrected=False))


def _if_enough(told: Measured) -> Measured | None:
    fewest = min(told.n_churners, told.n - told.n_churners)
    return told if fewest >= FEWEST_OF_A_KIND else None


def early(
    reference: ReferenceRows | None,
    outcomes: pl.DataFrame,
    window: LabelWindow,
    economics: Economics,
    plan: MonitoringPlan,
) -> Measured | None:
    """The figures of cohorts that have begun to show their churners, corrected.

    Where churn is an event and its day is known; None otherwise, without any such
    cohort, and with as few labels as ``matured`` refuses. The interval allows for the
    error of the share seen, where it was learned.
    """
    if window.outcome == "absent" or not outcomes["churn_day"].is_not_null().any():
        return None
    closed = outcomes.filter(pl.col("elapsed_days") >= window.maturity_days)
    seen = seen_share(closed, window, fewest_churners=plan.fewest_churners)
    rows = early_rows(outcomes, window, seen, least_share=plan.least_seen_share)
    if rows.is_empty():
        return None
    corrected = _window(rows, rows["seen_share"].to_numpy(), economics)
    naive = figures_of(first(_window(rows, np.ones(rows.height), economics).rows))
    found = _with_error_of(seen, rows, economics, figures_of(first(corrected.rows)))
    n = _n(corrected)
    told = _measured(
        corrected,
        estimates(found, n),
        estimates(naive, n),
        reference,
        is_corrected=True,
    )
    return _if_enough(replace(told, n_churners=int(rows["is_seen"].sum())))


def figures_of(rows: Rows) -> dict[str, Reading]:
    """Every figure of one group."""
    slope = {"calibration_slope": calibration_slope(rows)}
    return figures(rows.sums, rows.n_effective) | slope


def first(rows: Rows) -> Rows:
    """Everyone."""
    return Rows(rows.sums[0], rows.n_effective[0])


def _window(rows: pl.DataFrame, share: np.ndarray, economics: Economics) -> Window:
    churn = rows["is_seen"].to_numpy() / share
    return cohorts(rows, churn, (EVERYONE,), economics).window(None)[0]


def _with_error_of(
    seen: SeenShare,
    rows: pl.DataFrame,
    economics: Economics,
    found: dict[str, Reading],
) -> dict[str, Reading]:
    """Errors that allow for that of the share seen: by how figures move with it."""
    if not seen.n_churners:
        return found
    share = rows["seen_share"].to_numpy()
    errors = seen.errors[np.clip(rows["elapsed_days"].to_numpy(), 0, None)]
    moved = figures_of(first(_window(rows, share + errors, economics).rows))
    return {
        name: Reading(
            one.value, np.hypot(one.error, np.abs(moved[name].value - one.value))
        )
        for name, one in found.items()
    }


def _measured(
    window: Window,
    told: Figures,
    naive: Figures,
    reference: ReferenceRows | None,
    *,
    is_corrected: bool,
) -> Measured:
    before: Figures = {}
    if reference is not None:
        rows = first(reference.known)
        before = estimates(figures_of(rows), int(rows.sums.n.sum()))
    return Measured(
        first_day=window.first_day,
        last_day=window.last_day,
        n=_n(window),
        n_churners=round(float(window.rows.sums.churn[0].sum())),
        is_corrected=is_corrected,
        figures=told,
        naive=naive,
        reference=before,
        residuals=decile_residuals(first(window.rows)),
    )


def _n(window: Window) -> int:
    return int(window.rows.sums.n[0].sum())
