"""What it brings to train again, and when: three simulated years, in money.

    python -m benchmarks.retraining [--businesses 8] [--customers 8000] [--page FILE]

Businesses of the embedded simulator live through three years and a competitor. At each
look a trigger of configs/retraining decides, on what monitoring says, as the pipeline
does; what it trains is live at once. Money is counted by the true probabilities.
"""

import argparse
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.retraining.business import business
from benchmarks.retraining.page import study_page, with_error
from benchmarks.retraining.study import COST_EUR, Lived, Study, gathered
from benchmarks.retraining.years import Years, policies

PROCESSES = 2
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> int:
    """Simulate, print the table, write the page."""
    asked = _arguments()
    started = time.monotonic()
    study = measure(asked.businesses, asked.customers)
    console = Console(width=200)
    console.print(_table(study))
    if asked.page is not None:
        asked.page.write_text(study_page(study), encoding="utf-8")
    console.print(f"{time.monotonic() - started:.0f} s")
    return 0


def measure(n_businesses: int, n_customers: int) -> Study:
    """Every business under every policy, in several processes of one thread each."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, fresh) as pool:
        sizes = [n_customers] * n_businesses
        lives = list(pool.map(lived, range(1, n_businesses + 1), sizes))
    return gathered(lives, n_customers)


def lived(seed: int, n_customers: int) -> Lived:
    """One business under every policy."""
    years = Years(business(seed, n_customers))
    done = [years.lived(policy) for policy in policies()]
    campaigns = tuple(one for each, _ in done for one in each)
    return Lived(campaigns, tuple(one for _, each in done for one in each))


def _table(study: Study) -> Table:
    title = f"per 1,000 customers a month, EUR; a training costs {COST_EUR:g}"
    heads = ("policy", "trainings", "net value", "less trainings", "more than never")
    table = Table(*heads, title=title, box=MARKDOWN)
    for row in study.rows:
        table.add_row(
            row.policy,
            f"{row.n_trainings:.1f}",
            with_error(row.net),
            with_error(row.paid),
            with_error(row.gain),
        )
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--businesses", type=int, default=8)
    parser.add_argument("--customers", type=int, default=8_000)
    parser.add_argument("--page", type=Path, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
