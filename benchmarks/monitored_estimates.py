"""How true the estimates are: without labels, and on labels that are still to come."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.monitored import ECONOMICS, POINTS, QUIET, VALUES, Model
from benchmarks.monitored_days import START, Watched
from benchmarks.monitored_years import SEED, shipped
from churn.monitoring.censoring import LabelWindow
from churn.monitoring.estimate import doubts, estimated
from churn.monitoring.losses import Rows
from churn.monitoring.measure import early
from churn.monitoring.trials import reference_rows
from churn.monitoring.windows import EVERYONE, score_window
from churn.scoring.decision import contact

Floats = NDArray[np.float64]

LEVELS = (0.90, 0.95)
WAYS = ("confidence", "importance")
SIZES = (2_000, 5_000, 20_000, 50_000)
MATURITY_DAYS = 90
COHORTS = 7
LATE_AGES = (30, 45, 60)
WINDOW = LabelWindow(0, MATURITY_DAYS, "occurs")


def estimate_errors(number: int) -> dict[str, float]:
    """One shift of the customers: errors, and whether intervals hold the truth.

    Who the customers are changes at random, mean and spread, and so do the sizes of
    the calibration window and of the day; what a score means does not change.
    """
    rng = np.random.default_rng([SEED, 40, number])
    world = replace(
        QUIET,
        mean=rng.uniform(-0.6, 0.6),
        spread=rng.uniform(0.7, 1.3),
        weekend_shift=0.0,
    )
    n_calibration, n_today = (int(rng.choice(SIZES)) for _ in range(2))
    watched = Watched.started(n_calibration, n_calibration, rng)
    day = watched.days(world, 1, n_today, rng).profile(0)
    before = reference_rows(watched.reference)
    window = score_window([day], (EVERYONE,), 1)
    now = Rows(window.rows.sums[0], window.rows.n_effective[0])
    found = {"doubted": float(any(doubts(before, now, (), (), shipped())))}
    truth = world.roc_auc()
    for level in LEVELS:
        told = estimated(before, now, ECONOMICS, (), level=level)
        for way in WAYS:
            area = getattr(told, way)["roc_auc"]
            found[f"{way} {level}"] = float(area.low <= truth <= area.high)
            found[way] = abs(area.value - truth)
    return found


def late_errors(number: int, *, n_a_day: int, leave_early: bool) -> dict[str, float]:
    """Errors of early labels by the age of the youngest of a week's cohorts.

    Parameters
    ----------
    leave_early : bool
        Whether who is likelier to leave also leaves sooner, as where each day has the
        same hazard; else the day of leaving says nothing about the score.
    """
    rng = np.random.default_rng([SEED, 50, number, leave_early])
    model = Model.fitted(QUIET, 50_000, rng)
    matured = cohort_rows(model, n_a_day, MATURITY_DAYS, rng, leave_early=leave_early)
    truth, found = QUIET.roc_auc(), {}
    for age in LATE_AGES:
        young = cohort_rows(model, n_a_day, age, rng, leave_early=leave_early)
        told = early(None, pl.concat([matured, young]), WINDOW, ECONOMICS, shipped())
        if told is None:
            continue
        area = told.figures["roc_auc"]
        found[f"corrected {age}"] = _off(area.value, truth)
        found[f"naive {age}"] = _off(told.naive["roc_auc"].value, truth)
        found[f"holds {age}"] = float(_holds(area.low, truth, area.high))
    return found


def cohort_rows(
    model: Model, n: int, age: int, rng: np.random.Generator, *, leave_early: bool
) -> pl.DataFrame:
    """Outcomes of a week of cohorts, the youngest of this age."""
    n_rows = COHORTS * n
    risk = rng.normal(size=n_rows)
    rate = np.interp(risk, POINTS, QUIET.churn())
    is_churn = rng.random(n_rows) < rate
    if leave_early:
        hazard = -np.log1p(-rate) / MATURITY_DAYS
        until = -np.log1p(-rng.random(n_rows) * rate) / hazard
    else:
        until = MATURITY_DAYS * rng.beta(1.0, 1.3, n_rows)
    day = np.clip(np.ceil(until), 1, MATURITY_DAYS).astype(np.int32)
    elapsed = age + np.arange(n_rows) % COHORTS
    is_seen = is_churn & (day <= elapsed)
    value = rng.choice(VALUES, n_rows)
    p = np.interp(risk, POINTS, model.probability)
    is_over = pl.col("elapsed_days") >= MATURITY_DAYS
    return pl.DataFrame(
        {
            "snapshot_date": np.datetime64(START - timedelta(days=200)) - elapsed,
            "version": ["1"] * n_rows,
            "customer": rng.permutation(n_rows).astype(str),
            "probability": p,
            "is_contacted": contact(p, value, ECONOMICS),
            "customer_value_eur": value,
            "elapsed_days": elapsed.astype(np.int32),
            "is_seen": is_seen,
            "churn_day": day,
        }
    ).with_columns(
        is_churn=pl.when("is_seen").then(True).when(is_over).then(False),
        churn_day=pl.when("is_seen").then("churn_day"),
    )


def _off(value: float | None, truth: float) -> float:
    return np.nan if value is None else value - truth


def _holds(low: float | None, truth: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= truth <= high
