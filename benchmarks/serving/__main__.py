"""Our model server against others, all started for real with the same model.

    python -m benchmarks.serving [--rounds 3] [--seconds 3] [--only NAME ...]

Needs wrk on the PATH and the real file of Telco below --data. A server that cannot be
started is named with the reason, and the rest is measured. 1 if a target is missed.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console

from benchmarks.quality import FILES
from benchmarks.serving import alone
from benchmarks.serving.compared import figures, side_by_side
from benchmarks.serving.contenders import CONTENDERS
from benchmarks.serving.prepared import DATASET, Prepared, prepare
from benchmarks.serving.processes import CannotStartError
from benchmarks.serving.shadow import shadow
from benchmarks.serving.tables import contenders_table, targets_table
from benchmarks.serving.targets import Figure, missed
from benchmarks.serving.wrk import ABSENT, is_installed
from churn.model.spaces import KINDS

OURS = {
    "batch": alone.batch,
    "start": alone.start,
    "memory": alone.memory,
    "memory_reasons": alone.memory_reasons,
}
PARTS = (*CONTENDERS, "call", *OURS, "shadow")
WIDTH = 132
SHADOW_ROUNDS = 4
"""Rounds with and without a shadow to each round of the others: a ratio near 1 asks
for more of them."""


def main() -> int:
    """Measure what was asked for."""
    asked, console = _arguments(), Console()
    console.width = max(console.width, WIDTH)
    file = asked.data / str(FILES[DATASET])
    if not is_installed() or not file.exists():
        console.print(ABSENT if file.exists() else f"{file} is absent; give --data")
        return 2
    started, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place, console.status("training") as status:
        folder = Path(place)
        prepared = prepare(folder, asked.data, kind=asked.kind)
        found = _figures(prepared, asked, console, status.update)
    console.print(targets_table(found))
    busy = f"{load:.1f} of {os.cpu_count()} processors were busy before"
    console.print(f"{time.monotonic() - started:.0f} s; {busy}")
    return int(bool(missed(found)))


def _figures(
    prepared: Prepared,
    asked: argparse.Namespace,
    console: Console,
    tell: Callable[[str], None],
) -> dict[str, Figure]:
    """Every part asked for; what cannot be measured is said and left out."""
    found = _compared(prepared, asked, console, tell)
    if "call" in asked.only:
        tell("call")
        found["call"] = alone.call(prepared)
    for name, measure in OURS.items():
        if name in asked.only:
            tell(name)
            found |= _tried(name, partial(measure, prepared), prepared, console)
    if "shadow" in asked.only:
        measure_shadow = partial(
            shadow,
            prepared,
            n_rounds=SHADOW_ROUNDS * asked.rounds,
            seconds=asked.seconds,
            tell=tell,
        )
        found |= _tried("shadow", measure_shadow, prepared, console)
    return found


def _compared(
    prepared: Prepared,
    asked: argparse.Namespace,
    console: Console,
    tell: Callable[[str], None],
) -> dict[str, Figure]:
    names = [name for name in CONTENDERS if name in asked.only]
    if not names:
        return {}
    compared = side_by_side(
        prepared, names, n_rounds=asked.rounds, seconds=asked.seconds, tell=tell
    )
    for name, reason in compared.absent.items():
        console.print(f"{name}: not measured: {reason}")
    console.print(contenders_table(compared))
    return figures(compared.rounds)


def _tried(
    name: str,
    measure: Callable[[Path], Figure],
    prepared: Prepared,
    console: Console,
) -> dict[str, Figure]:
    try:
        return {name: measure(prepared.place(name))}
    except CannotStartError as error:
        console.print(f"{name}: not measured: {error}")
        return {}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--kind", choices=KINDS, help="instead of the search's choice")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("HOLDFAST_DATA", "../shared/data")),
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
