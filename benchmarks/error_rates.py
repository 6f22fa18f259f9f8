"""How often each policy promotes, and a rollout sends back, what it should not.

    python -m benchmarks.error_rates [--share 1.0]

Two models of a simulated business, of which the truth is known, are handed as rows to
the decision that the training pipeline makes, with the policies as they ship.
"""

import argparse
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.box import MARKDOWN
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from scipy.stats import binomtest

from benchmarks import monitoring, rollouts
from benchmarks.looks import quick
from benchmarks.promotions import RESAMPLES, Tally, shipped, tally
from benchmarks.scenarios import POLICIES, SCENARIOS, Scenario

PROCESSES = 2
CHUNK = 20
WIDTH = 320
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> int:
    """Simulate all scenarios and print how often was promoted; 1 if a target fails."""
    share = _arguments().share
    asked = [scenario.shortened(share) for scenario in SCENARIOS]
    promoted = _simulate(asked)
    console = Console(width=WIDTH)
    console.print(_table(asked, promoted))
    console.print(
        "promoted, in per cent, with the 95 % interval and the number of simulations; "
        f"quick: without the checks that bootstrap (here from {RESAMPLES} resamples)"
    )
    missed = [
        f"{name} promotes more than {target:.0%} at {scenario.title}"
        for scenario, counts in zip(asked, promoted, strict=True)
        for name, target in scenario.targets.items()
        if counts[name, False] > target * scenario.n_simulations[name]
    ]
    console.print("\n".join(missed) or "all targets are met")
    console.print()
    is_missed = int(bool(missed)) | rollouts.report(console, share)
    console.print()
    return is_missed | monitoring.report(console, share)


def _simulate(asked: Sequence[Scenario]) -> list[Tally]:
    """Every scenario's counts, from several processes of one thread each."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    promoted: list[Tally] = [Counter() for _ in asked]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, fresh) as pool, Progress() as progress:
        bars = [progress.add_task(s.title, total=_most(s)) for s in asked]
        started = {
            pool.submit(tally, asked[n], numbers): (n, len(numbers))
            for n, numbers in _chunks(asked)
        }
        for done in as_completed(started):
            n, n_done = started[done]
            promoted[n] += done.result()
            progress.advance(bars[n], n_done)
    return promoted


def _chunks(asked: Sequence[Scenario]) -> Iterator[tuple[int, range]]:
    for n, scenario in enumerate(asked):
        for first in range(0, _most(scenario), CHUNK):
            yield n, range(first, min(first + CHUNK, _most(scenario)))


def _most(scenario: Scenario) -> int:
    return max(scenario.n_simulations.values())


def _table(asked: Sequence[Scenario], promoted: Sequence[Tally]) -> Table:
    table = Table("true gain", *(s.title for s in asked), box=MARKDOWN)
    for name in POLICIES:
        if quick(shipped(name)) != shipped(name):
            table.add_row(name, *_cells(asked, promoted, name, whole=True))
            table.add_row(f"{name}, quick", *_cells(asked, promoted, name, whole=False))
        else:
            table.add_row(name, *_cells(asked, promoted, name, whole=False))
    return table


def _cells(
    asked: Sequence[Scenario], promoted: Sequence[Tally], name: str, *, whole: bool
) -> Iterator[str]:
    for scenario, counts in zip(asked, promoted, strict=True):
        n = scenario.n_simulations.get(name, 0)
        n = min(n, scenario.n_whole) if whole else n
        yield _cell(counts[name, whole], n) if n else ""


def _cell(k: int, n: int) -> str:
    """A share with its interval (Wilson), in per cent, and of how many.

    Examples
    --------
    >>> _cell(5, 1000)
    '0.5 (0.214 to 1.17) of 1,000'
    """
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return f"{100 * k / n:.3g} ({100 * low:.3g} to {100 * high:.3g}) of {n:,}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the simulations")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
