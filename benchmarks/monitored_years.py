"""Alarms of simulated years: ours, and those of the rules that predecessors use."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.special import kolmogorov

from benchmarks.monitored import QUIET, World
from benchmarks.monitored_days import Days, Watched, day_of, joined, windows
from churn.monitoring.churn_sums import ChurnSums, known
from churn.monitoring.losses import Rows
from churn.monitoring.performance import ratio
from churn.monitoring.plan import MonitoringPlan, parse_monitoring
from churn.monitoring.quality import FAULTS, Excess, Share, fault_threshold
from churn.monitoring.trials import (
    ReferenceRows,
    Trial,
    estimated_trials,
    matured_trials,
    reference_rows,
)
from churn.monitoring.volume import volume, volume_statistic
from churn.monitoring.windows import EVERYONE

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

PIPELINE = Path(__file__).parents[1] / "configs" / "pipelines" / "monitoring.yaml"
SEED = 20240101
A_YEAR = 365
USUAL_FAULTS = np.array([0.005, 0.02, 0.1, 0.5])
"""Share of the rows with each kind of fault, by feature, when nothing is wrong."""

MOST_PSI, LEAST_P, MOST_F1_DROP = 0.2, 0.05, 0.05
NAIVE = (
    f"PSI > {MOST_PSI}",
    f"KS p < {LEAST_P}",
    f"F1 drop > {MOST_F1_DROP}",
)
MATURITY_DAYS = 60


@dataclass(frozen=True)
class Size:
    """How many customers a business scores a day, and learned from."""

    a_day: int
    training: int
    calibration: int


LARGE = Size(50_000, 100_000, 50_000)
SMALL = Size(2_000, 10_000, 5_000)
TINY = Size(300, 3_000, 1_500)


@cache
def shipped() -> MonitoringPlan:
    """The plan as it ships."""
    document = yaml.safe_load(PIPELINE.read_text(encoding="utf-8"))
    return parse_monitoring(document["monitoring"], "monitoring")


def quiet_year(size: Size, number: int) -> dict[str, bool]:
    """Whether each kind of test, and each naive rule, ever fires in a quiet year."""
    rng = np.random.default_rng([SEED, size.a_day, number])
    watched = Watched.started(size.training, size.calibration, rng)
    days = watched.days(QUIET, A_YEAR, size.a_day, rng)
    fired = {
        name: bool(alarms.any()) for name, alarms in alarms_of(watched, days).items()
    }
    fired["volume"] = volume_alarms(days)
    fired["quality"] = quality_alarms(days, size.training, rng)
    fired |= {name: bool(hits.any()) for name, hits in naive(watched, days).items()}
    return fired


def alarms_of(watched: Watched, days: Days) -> dict[str, Bools]:
    """Days on which tests of scores and labels are alarms, shape (n_days, n_groups)."""
    plan, before = shipped(), reference_rows(watched.reference)
    if before is None:
        return {}
    found: dict[str, Bools] = {}
    for length in plan.test_windows_days:
        promised, labelled = windows(days, length)
        reference = _in_bins_of(before, days)
        trials: list[Trial] = [
            *estimated_trials(reference, promised, plan),
            *matured_trials(reference, labelled, promised, plan),
        ]
        for trial in trials:
            found[trial.name] = found.get(trial.name, False) | trial.is_alarm
    return found


def volume_alarms(days: Days) -> bool:
    """Whether the volume of any day is an alarm."""
    counts = {day_of(k): int(n) for k, n in enumerate(days.n)}
    plan, dates = shipped(), list(counts)
    for number in range(1, len(dates)):
        recent = dates[max(0, number - plan.window_days + 1) : number + 1]
        found = volume({day: counts[day] for day in recent}, dates[number])
        if found is not None:
            statistic, threshold = volume_statistic(found, plan)
            if statistic > threshold:
                return True
    return False


def quality_alarms(days: Days, n_train: int, rng: np.random.Generator) -> bool:
    """Whether any day's faults, as many as in training, are an alarm."""
    plan, usual = shipped(), np.tile(USUAL_FAULTS, len(FAULTS))
    threshold = fault_threshold(usual.size, plan)
    tolerance = plan.tolerances["quality_share"]
    before = [Share(int(k), n_train, n_train) for k in rng.binomial(n_train, usual)]
    return any(
        Excess.of(Share(int(k), n, n), was).beyond(tolerance) > threshold
        for n in days.n.tolist()
        for k, was in zip(rng.binomial(n, usual), before, strict=True)
    )


def naive(watched: Watched, days: Days) -> dict[str, Bools]:
    """Days on which each of the usual rules fires."""
    psi, p_value = [], []
    for name, counts in days.features.items():
        before = np.array(watched.reference.features[name].counts, dtype=np.float64)
        psi.append(_psi(before, counts))
        p_value.append(_ks_p_value(before, counts))
    f1 = _f1(known(days.scores[EVERYONE]))
    scores = watched.reference.scores
    usual = _f1(known(scores)) if scores else np.nan
    return {
        NAIVE[0]: np.max(psi, axis=0) > MOST_PSI,
        NAIVE[1]: np.min(p_value, axis=0) < LEAST_P,
        NAIVE[2]: usual - f1 > MOST_F1_DROP,
    }


def days_until(
    size: Size, world: World, number: int, *, quiet_days: int = 28, n_days: int = 60
) -> dict[str, float]:
    """Days from the change to the first alarm of each test and naive rule.

    What needs labels is counted from when the first day's labels have matured. A rule
    that fires before anything changed has found nothing: NaN; infinite if it never
    does.
    """
    rng = np.random.default_rng([SEED, size.a_day, number, 7])
    watched = Watched.started(size.training, size.calibration, rng)
    before = watched.days(QUIET, quiet_days, size.a_day, rng)
    after = watched.days(world, n_days, size.a_day, rng, first=quiet_days)
    days = joined([before, after])
    hits = {k: v[..., 0] for k, v in alarms_of(watched, days).items()}
    hits |= naive(watched, days)
    return {name: _first_after(found, quiet_days) for name, found in hits.items()}


def _first_after(hits: Bools, quiet_days: int) -> float:
    if hits[:quiet_days].any():
        return np.nan
    found = np.flatnonzero(hits[quiet_days:])
    return float(found[0] + 1) if found.size else np.inf


def _in_bins_of(before: ReferenceRows, days: Days) -> ReferenceRows:
    """The reference in the bins that any of the days has rows in.

    The few that it has in others go to the nearest of them.
    """
    is_used = np.any([s.n.any(axis=0) for s in days.scores.values()], axis=0)
    place = np.clip(np.cumsum(is_used) - 1, 0, is_used.sum() - 1)

    def put(part: Floats) -> Floats:
        out = np.zeros((*part.shape[:-1], int(is_used.sum())))
        for to, column in zip(place, np.moveaxis(part, -1, 0), strict=True):
            out[..., to] += column
        return out

    promised, labelled = (
        Rows(
            ChurnSums(*(put(part) for part in vars(rows.sums).values())),
            rows.n_effective,
        )
        for rows in (before.promised, before.known)
    )
    return replace(before, promised=promised, known=labelled)


def _psi(before: Floats, counts: NDArray[np.int64]) -> Floats:
    ours = np.clip(counts / counts.sum(axis=1, keepdims=True), 1e-6, None)
    theirs = np.clip(before / before.sum(), 1e-6, None)
    return np.sum((ours - theirs) * np.log(ours / theirs), axis=1)


def _ks_p_value(before: Floats, counts: NDArray[np.int64]) -> Floats:
    n, m = counts.sum(axis=1), before.sum()
    theirs = np.cumsum(before) / m
    distance = np.abs(np.cumsum(counts, axis=1) / n[:, None] - theirs).max(axis=1)
    return kolmogorov(distance * np.sqrt(n * m / (n + m)))


def _f1(sums: ChurnSums) -> Floats:
    return ratio(sums, "f1", 1.0).value
