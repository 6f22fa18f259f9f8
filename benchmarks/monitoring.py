"""How often monitoring alarms without cause, how soon with one, and how true it is.

    python -m benchmarks.monitoring [--share 1.0]

Quiet years of a simulated business are handed, as daily profiles, to the tests that the
monitoring pipeline makes, by the plan that ships; and what usual rules would have done
beside them.
"""

import argparse
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from benchmarks.monitored import shifted_to
from benchmarks.monitored_estimates import (
    COHORTS,
    LATE_AGES,
    LEVELS,
    WAYS,
    estimate_errors,
    late_errors,
)
from benchmarks.monitored_rows import row_level_year
from benchmarks.monitored_years import (
    LARGE,
    NAIVE,
    SMALL,
    TINY,
    Size,
    days_until,
    quiet_year,
    shipped,
)

N_YEARS: Mapping[Size, int] = {LARGE: 400, SMALL: 400, TINY: 200}
N_ROW_LEVEL_YEARS = 20
N_CHANGES = 200
N_SHIFTS = 300
N_LATE = 20
LATE_A_DAY = 50_000
LOSS = 0.03
CHANGES = {"other customers": "spread", "another meaning": "slope"}
"""What causes the loss: of which the first shows without labels."""

OURS = ("estimated_ranking", "matured_ranking")
MOST_DAYS = 5
LEAST_COVERAGE = {0.90: 0.88, 0.95: 0.93}
MOST_ERROR = 0.01
PROCESSES = 2
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Found = Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Simulated:
    """What each kind of simulation found, one mapping a simulation."""

    years: Mapping[Size, Found]
    row_level: Found
    changes: Mapping[str, Found]
    shifts: Found
    late: Mapping[bool, Found]


def main() -> int:
    """Simulate, print, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the simulations")
    return report(Console(width=200), parser.parse_args().share)


def report(console: Console, share: float) -> int:
    """Print all tables; 1 if a target is missed."""
    found = simulate(share)
    for table in (
        _years_table(found),
        _changes_table(found),
        _shifts_table(found),
        _late_table(found),
    ):
        console.print(table)
    missed = list(_missed(found))
    console.print("\n".join(missed) or "the targets of monitoring are met")
    return int(bool(missed))


def simulate(share: float, *, processes: int = PROCESSES) -> Simulated:
    """Such a share of all simulations."""
    fresh = multiprocessing.get_context("spawn")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with ProcessPoolExecutor(processes, fresh) as pool:

        def run(task: Callable[[int], Any], n: int) -> list[Any]:
            return list(pool.map(task, range(max(1, round(n * share))), chunksize=4))

        return Simulated(
            years={s: run(partial(quiet_year, s), n) for s, n in N_YEARS.items()},
            row_level=run(row_level, N_ROW_LEVEL_YEARS),
            changes={
                title: run(partial(days_until, LARGE, shifted_to(LOSS, by)), N_CHANGES)
                for title, by in CHANGES.items()
            },
            shifts=run(estimate_errors, N_SHIFTS),
            late={
                early: run(
                    partial(late_errors, n_a_day=LATE_A_DAY, leave_early=early), N_LATE
                )
                for early in (False, True)
            },
        )


def row_level(number: int) -> dict[str, float]:
    """Which alarms a quiet year ever had, customer by customer."""
    alarms = Counter(
        harm.name for health in row_level_year(number) for harm in health.alarms
    )
    return dict.fromkeys(alarms, 1.0)


def _missed(found: Simulated) -> Iterable[str]:
    promised = shipped().false_alarms_a_year
    years = [year for size in found.years.values() for year in size]
    if np.mean([_paged(year) for year in years]) > promised:
        yield f"more than {promised:.0%} of the quiet years have an alarm"
    for title, ours in zip(CHANGES, OURS, strict=True):
        if np.median([one[ours] for one in found.changes[title]]) > MOST_DAYS:
            yield f"a loss by {title} takes more than {MOST_DAYS} days to find"
    for way in WAYS:
        for level, least in LEAST_COVERAGE.items():
            if np.mean([one[f"{way} {level}"] for one in found.shifts]) < least:
                yield f"{way}: fewer than {least:.0%} of the {level:.0%} intervals hold"
        if np.mean([one[way] for one in found.shifts]) > MOST_ERROR:
            yield f"{way}: mean error above {MOST_ERROR}"
    for age in LATE_AGES:
        off = [abs(one[f"corrected {age}"]) for one in found.late[False]]
        if np.mean(off) > MOST_ERROR:
            yield f"early labels after {age} days: mean error above {MOST_ERROR}"


def _paged(year: Mapping[str, float]) -> bool:
    return any(hit for name, hit in year.items() if name not in NAIVE)


def _years_table(found: Simulated) -> Table:
    table = Table(
        "customers a day",
        "quiet years",
        "any alarm",
        *NAIVE,
        title="False alarms: quiet years with at least one, % (95 % interval)",
        box=MARKDOWN,
    )
    for size, years in found.years.items():
        hits = [_share(sum(bool(y[name]) for y in years), len(years)) for name in NAIVE]
        alarms = _share(sum(map(_paged, years)), len(years))
        table.add_row(f"{size.a_day:,}", f"{len(years):,}", alarms, *hits)
    every = [year for years in found.years.values() for year in years]
    hits = [_share(sum(bool(y[name]) for y in every), len(every)) for name in NAIVE]
    alarms = _share(sum(map(_paged, every)), len(every))
    table.add_row("all", f"{len(every):,}", alarms, *hits)
    n = len(found.row_level)
    rows = _share(sum(map(_paged, found.row_level)), n)
    table.add_row("the same 1,000 people", f"{n:,}", rows, "", "", "")
    return table


def _changes_table(found: Simulated) -> Table:
    rules = (*OURS, *NAIVE)
    table = Table(
        "loss by",
        *rules,
        title=f"{LOSS} of ROC-AUC lost at {LARGE.a_day:,} customers a day: median days "
        "to the alarm (10th to 90th of a hundred; labels: once they mature)",
        box=MARKDOWN,
    )
    for title, changes in found.changes.items():
        table.add_row(title, *(_days([one[rule] for one in changes]) for rule in rules))
    return table


def _shifts_table(found: Simulated) -> Table:
    n = len(found.shifts)
    table = Table(
        "without labels",
        "mean error of ROC-AUC",
        *(f"{level:.0%} intervals that hold, %" for level in LEVELS),
        title=f"{n} shifts of the customers",
        box=MARKDOWN,
    )
    for way in WAYS:
        hits = [
            _share(round(sum(one[f"{way} {level}"] for one in found.shifts)), n)
            for level in LEVELS
        ]
        error = np.mean([one[way] for one in found.shifts])
        table.add_row(way, f"{error:.4f}", *hits)
    doubted = _share(round(sum(one["doubted"] for one in found.shifts)), n)
    table.add_row("of which called doubtful, %", doubted, "", "")
    return table


def _late_table(found: Simulated) -> Table:
    table = Table(
        "who is likelier to leave",
        *(f"{way}, {age} days" for age in LATE_AGES for way in ("corrected", "naive")),
        title="ROC-AUC on labels that take 90 days: mean error (mean absolute error), "
        f"{COHORTS} cohorts of {LATE_A_DAY:,}",
        box=MARKDOWN,
    )
    for early, each in found.late.items():
        cells = [
            _off([one[f"{way} {age}"] for one in each])
            for age in LATE_AGES
            for way in ("corrected", "naive")
        ]
        table.add_row("leaves sooner" if early else "leaves as soon", *cells)
    return table


def _days(days: Sequence[float]) -> str:
    """Median and tenths; how many had cried before."""
    true = [one for one in days if not np.isnan(one)]
    before = len(days) - len(true)
    if not true:
        return "always alarms before"
    low, median, high = np.quantile(true, (0.1, 0.5, 0.9), method="nearest")
    told = f"{median:g} ({low:g} to {high:g})".replace("inf", "never")
    return f"{told}; {100 * before / len(days):.3g} % before" if before else told


def _off(errors: Sequence[float]) -> str:
    return f"{np.mean(errors):+.4f} ({np.mean(np.abs(errors)):.4f})"


def _share(k: int, n: int) -> str:
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return f"{100 * k / n:.3g} ({100 * low:.3g} to {100 * high:.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
