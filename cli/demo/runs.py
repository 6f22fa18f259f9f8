"""Runs of pipelines in this process, told in a line each and read back as data."""

import contextlib
import io
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from churn.report.blocks import Tone
from cli.demo.errors import DemoError
from cli.demo.plot import DATASET, STACK
from cli.retraining import retrain
from cli.run_pipeline import Options, run_pipeline

INTERRUPTED = 130
WIDTH = 15
LAST_LINES = 4
LAST_BYTES = 2_000
STYLES: Mapping[Tone, str] = {
    "good": "green",
    "bad": "red",
    "unsure": "yellow",
    "plain": "",
}
OPTIONS = Options(
    pipeline="",
    dataset=DATASET,
    source=None,
    stack=STACK,
    as_of=None,
    settings=(),
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
)


@dataclass(frozen=True)
class Newest:
    """The newest line of a log, whenever it is drawn."""

    log: Path
    title: str

    def __rich__(self) -> Text:
        """Read the end of it."""
        with self.log.open("rb") as log:
            log.seek(-min(LAST_BYTES, log.seek(0, io.SEEK_END)), io.SEEK_END)
            lines = log.read().decode("utf-8", "replace").split("\n")
        said = [" ".join(line.split()) for line in lines if line.strip()]
        return Text(f"{self.title}: {said[-1]}" if said else self.title)


@dataclass(frozen=True)
class Runs:
    """Runs pipelines below one folder."""

    root: Path
    log: Path
    console: Console

    def run(self, pipeline: str, *settings: str, **options: Any) -> dict[str, Any]:
        """Run one; its outcome as ``--json`` prints it.

        Raises
        ------
        DemoError
            If it failed.
        """
        asked = replace(OPTIONS, pipeline=pipeline, settings=settings, **options)
        started = time.monotonic()
        said = io.StringIO()
        with self.heard(pipeline), contextlib.redirect_stdout(said):
            # Training may follow that decision, as it does on the command line.
            run = retrain if pipeline == "retraining" else run_pipeline
            code = run(self.root, asked)
        found = self._read(pipeline, code, said.getvalue())
        self.say(pipeline, time.monotonic() - started, _sentence(found))
        return found

    @contextlib.contextmanager
    def heard(self, title: str) -> Iterator[None]:
        """Keep what is said meanwhile in the log."""
        # A plain file: threads of libraries that live on hold what they were given, and
        # an object of ours would keep everything that it knows.
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(self.log.open("a", encoding="utf-8", buffering=1))
            if self.console.is_terminal:
                stack.enter_context(self.console.status(Newest(self.log, title)))
            stack.enter_context(contextlib.redirect_stderr(log))
            yield

    def say(self, what: str, seconds: float, text: str) -> None:
        """One line about something that is done."""
        line = f"  {what:<{WIDTH}} {seconds:5.1f} s  {text}".rstrip()
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def tell(self, sentence: str, tone: Tone) -> None:
        """What came of a chapter."""
        self.console.print(
            f"  {sentence}",
            style=STYLES[tone],
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    def _read(self, pipeline: str, code: int, printed: str) -> dict[str, Any]:
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        if code:
            said = self.log.read_text(encoding="utf-8").strip().splitlines()
            told = "; ".join(line.strip() for line in said[-LAST_LINES:])
            self._keep_log()
            raise DemoError(f"{pipeline} ended with {code}: {told}; all: {self.log}")
        found: dict[str, Any] = json.loads(printed)
        return found

    def _keep_log(self) -> None:
        """Put the log of the run that broke where it outlives its stage."""
        logs = (self.root / "home" / "logs").glob("*.log")
        newest = max(logs, key=lambda path: path.stat().st_mtime, default=None)
        if newest is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(newest.read_text(encoding="utf-8"))


def _sentence(found: dict[str, Any]) -> str:
    """What came of a run, in a line."""
    if "decision" in found:
        return str(found["decision"]["reason"])
    if "health" in found:
        return str(found["health"]["sentence"])
    if "scored" in found:
        done = found["scored"]
        return f"{done['n_scored']:,} scored, {done['n_listed']:,} on the target list"
    return ""
