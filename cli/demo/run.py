"""`run.py demo`: prepare, tell the chapters, write the page, clean up."""

import contextlib
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from cli.console import console
from cli.demo.breaking import broken_release
from cli.demo.closing import write_page
from cli.demo.making import better_model, first_model, planted_leak, worse_model
from cli.demo.nightly import (
    calm_again,
    night,
    shock_with_labels,
    shock_without_labels,
    trained_again,
)
from cli.demo.plot import USUAL, Plot
from cli.demo.proving import proof
from cli.demo.runs import Runs
from cli.demo.stage import Stage
from cli.demo.telling import Happening, Telling

ENDING = (signal.SIGTERM, signal.SIGHUP)
CHAPTERS: tuple[tuple[str, Happening], ...] = (
    ("A first model", first_model),
    ("A leak", planted_leak),
    ("A worse model", worse_model),
    ("A better model", better_model),
    ("A night", night),
    ("A shock, before anybody knows", shock_without_labels),
    ("The same shock, once labels arrive", shock_with_labels),
    ("Trained again", trained_again),
    ("A night after it", calm_again),
    ("A broken release", broken_release),
    ("Proof", proof),
)


def run_demo(
    folder: Path,
    *,
    keep: bool,
    plot: Plot = USUAL,
    chapters: Sequence[tuple[str, Happening]] = CHAPTERS,
) -> int:
    """Tell the whole story; 0 if it ended as it should, else 1.

    Raises
    ------
    HoldfastError
        If a chapter broke; everything is cleaned up, but for the log.
    """
    stage, speaker, started = Stage(folder.resolve()), console(), time.monotonic()
    with _interruptible():
        stage.clear()
        stage.enter()
        stage.furnish(plot)
        runs = Runs(stage.folder, stage.log, speaker)
        telling = Telling(stage=stage, plot=plot, runs=runs, console=speaker)
        speaker.print(_welcome(stage, plot), highlight=False, markup=False)
        is_kept = False
        try:
            for title, chapter in chapters:
                telling.tell(title, chapter)
            if telling.traffic is not None:
                telling.traffic.end()
            write_page(telling, time.monotonic() - started)
            is_kept = keep
        finally:
            _end(telling, is_kept=is_kept)
    _farewell(telling, speaker, time.monotonic() - started, keep=keep)
    return 0 if all(is_kept for _, is_kept in telling.promises) else 1


def _welcome(stage: Stage, plot: Plot) -> str:
    return (
        f"A subscription business of {plot.n_customers:,} customers, {plot.n_days} "
        f"days from {plot.start}; everything happens in {stage.folder}"
    )


def _end(telling: Telling, *, is_kept: bool) -> None:
    """End what was started, and leave the page alone; not to be interrupted."""
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, signal.SIG_IGN)
    if telling.traffic is not None:
        telling.traffic.end()
    if is_kept:
        return
    try:
        telling.stage.end_server()
    finally:
        telling.stage.tidy()


def _farewell(
    telling: Telling, speaker: Console, seconds: float, *, keep: bool
) -> None:
    stage = telling.stage
    lines = ["", f"{seconds / 60:.1f} minutes. The page: {stage.page}"]
    for sentence, is_kept in telling.promises:
        lines.append(f"  {'✓' if is_kept else '✗ NOT'} {sentence}")
    if keep:
        inside = " ".join(f"{k}={v}" for k, v in stage.variables.items())
        lines += [
            "Everything is left running; look around with these variables set:",
            f"  export {inside}",
            "  python run.py models list        what there is",
            "  python run.py dashboard          ZenML's and MLflow's pages",
            "  python run.py server stop        ends the server",
        ]
    for line in lines:
        speaker.print(line, highlight=False, markup=False, soft_wrap=True)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Treat a termination like Ctrl-C, so that everything is cleaned up."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
