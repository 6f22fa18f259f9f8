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

from churn.report.blocks import Tone
from cli.demo.errors import DemoError
from cli.demo.plot import DATASET, STACK
from cli.retraining import retrain
from cli.run_pipeline import Options, run_pipeline

INTERRUPTED = 130
WIDTH = 15
LAST_LINES = 4
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


class Heard(io.TextIOBase):
    """What a run says: kept whole in a file, its newest line shown where it can be."""

    def __init__(self, log: Path, console: Console, title: str) -> None:
        self._log = log.open("a", encoding="utf-8", buffering=1)
        shows = console.is_terminal
        self._status = console.status(title) if shows else None
        self._title = title
        if self._status:
            self._status.start()

    def write(self, text: str) -> int:
        """Keep it."""
        self._log.write(text)
        line = " ".join(text.split())
        if self._status and line:
            self._status.update(f"{self._title}: {line}")
        return len(text)

    def close(self) -> None:
        """Show nothing any more."""
        if self._status:
            self._status.stop()
        self._log.close()


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

    def page(self, run: str, step: str) -> str:
        """The page that a step of a run left."""
        from zenml.client import Client

        found = Client().get_pipeline_run(run, allow_name_prefix_match=False)
        (outputs,) = found.steps[step].outputs.values()
        return f"{outputs[0].uri}/output.html"

    @contextlib.contextmanager
    def heard(self, title: str) -> Iterator[None]:
        """Keep what is said meanwhile in the log."""
        ear = Heard(self.log, self.console, title)
        with contextlib.closing(ear), contextlib.redirect_stderr(ear):
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
