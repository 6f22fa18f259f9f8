"""What a run is doing, while it does it: a line per step.

Listens to ZenML's log, where steps start, finish or are reused, and to the
steps' own lines. Everything also goes to the run's log file. Of steps that run
elsewhere ``cli.watching`` tells it.
"""

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.status import Status

from churn.errors import ConfigError

STARTED = re.compile(r"Step `?(\w+)`? has started")
FINISHED = re.compile(r"Step `?(\w+)`? has finished")
REUSED = re.compile(r"Using cached version of step `?(\w+)`?")
QUIET_SECONDS = 5.0


@dataclass(eq=False)
class Progress(logging.Handler):
    """A logging handler that speaks to a person.

    ``seconds`` maps each step that ran to how long it took; ``reused`` names
    those taken from the cache.
    """

    console: Console
    status: Status | None
    seconds: dict[str, float] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)
    step: str = ""
    said: str = ""
    shown: str = ""
    started_at: float = 0.0
    spoke_at: float = 0.0

    def __post_init__(self) -> None:
        """Become a handler of everything from INFO up."""
        super().__init__(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """Turn a log record into what a person wants to see of it."""
        text = record.getMessage()
        if record.name.startswith("steps."):
            self._say(text)
        elif found := STARTED.search(text):
            self.start(found[1])
        elif found := FINISHED.search(text):
            self.finish(found[1], time.monotonic() - self.started_at)
        elif found := REUSED.search(text):
            self.reuse(found[1])

    def say(self, text: str) -> None:
        """Print a line of our own."""
        self.console.print(f"  {text}", highlight=False, markup=False)

    def start(self, step: str) -> None:
        """Tell that a step runs."""
        self.step, self.said, self.shown = step, "", ""
        self.started_at = self.spoke_at = time.monotonic()
        if self.status:
            self.status.update(step)

    def finish(self, step: str, seconds: float) -> None:
        """Tell that a step is done; once, whoever says so."""
        if step in self.seconds:
            return
        self.seconds[step] = seconds
        last = "" if self.said == self.shown or step != self.step else self.said
        self.say(f"{step:<19} {seconds:5.1f} s  {last}".rstrip())

    def reuse(self, step: str) -> None:
        """Tell that a step's results are there from an earlier run; once."""
        if step not in self.reused:
            self.reused.append(step)
            self.say(f"{step:<19} reused")

    def _say(self, text: str) -> None:
        self.said = text
        now = time.monotonic()
        if self.status:
            self.status.update(f"{self.step}: {text}")
        elif now - self.spoke_at > QUIET_SECONDS and text != self.shown:
            self.spoke_at, self.shown = now, text
            self.say(f"{self.step:<19}     ...  {text}")


@contextmanager
def progress(console: Console, log_file: Path) -> Iterator[Progress]:
    """Show steps on the console and keep the whole log in a file."""
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot write below {log_file.parent}: {error.strerror}"
        raise ConfigError(msg) from error
    root = logging.getLogger()
    status = console.status("starting") if console.is_terminal else None
    shown = Progress(console, status)
    kept = logging.FileHandler(log_file, encoding="utf-8")
    kept.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    before = root.handlers[:]
    root.handlers = [shown, kept, *_without_console(before)]
    if status:
        status.start()
    try:
        yield shown
    finally:
        if status:
            status.stop()
        root.handlers = before
        kept.close()


def _without_console(handlers: list[logging.Handler]) -> list[logging.Handler]:
    """ZenML's handlers but the one that talks to the terminal."""
    return [h for h in handlers if not isinstance(h, logging.StreamHandler)]
