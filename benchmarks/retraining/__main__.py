"""What it brings to train again, and when: three simulated years, in money.

    python -m benchmarks.retraining [--businesses 8] [--customers 8000] [--page FILE]

Businesses of the embedded simulator live through three years and a competitor. At each
look a trigger of configs/retraining decides, on what monitoring says, as the pipeline
does; what it trains is live at once. Money is counted by the true probabilities.
"""

import argparse
import time
from pathlib import Path

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks.retraining.measuring import measure
from benchmarks.retraining.page import study_page, with_error
from benchmarks.retraining.study import COST_EUR, Study
from churn.errors import HoldfastError


def main() -> int:
    """Simulate, print the table, write the page."""
    asked = _arguments()
    started = time.monotonic()
    console = Console(width=200)
    try:
        study = measure(asked.businesses, asked.customers, console.print)
    except HoldfastError as error:
        # So few customers that there is nothing to learn from.
        console.print(f"failed: {error}")
        return 1
    console.print(_table(study))
    if asked.page is not None:
        asked.page.write_text(study_page(study), encoding="utf-8")
    console.print(f"{time.monotonic() - started:.0f} s")
    return 0


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
    asked = parser.parse_args()
    if asked.businesses < 1:
        parser.error(f"--businesses: expected 1 or more, found {asked.businesses}")
    if asked.page is not None and not asked.page.absolute().parent.is_dir():
        parser.error(f"--page: there is no folder {asked.page.absolute().parent}")
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
