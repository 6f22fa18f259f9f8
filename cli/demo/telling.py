"""What all chapters share: the stage, the runs, the customers, what was told."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rich.console import Console

from churn.report.blocks import Tone
from churn.report.story_content import Chapter
from cli.demo.errors import DemoError
from cli.demo.plot import Plot
from cli.demo.runs import Runs
from cli.demo.stage import Stage
from cli.demo.traffic import Answer, Traffic
from registry.event import Event
from registry.state import State, state

MOST_LOOKS = 12
BETWEEN_LOOKS_SECONDS = 8.0
"""So many ask that a phase of the rollout `demo` has seen enough of them."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a chapter says of itself, but for how long it took."""

    day: date | None
    outcome: str
    tone: Tone
    sentence: str
    detail: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass
class Telling:
    """The story so far."""

    stage: Stage
    plot: Plot
    runs: Runs
    console: Console
    traffic: Traffic | None = None
    chapters: list[Chapter] = field(default_factory=list)
    promises: list[tuple[str, bool]] = field(default_factory=list)
    moved_before: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)

    def tell(self, title: str, chapter: "Happening") -> None:
        """Let a chapter happen, and say so."""
        number, started = len(self.chapters) + 1, time.monotonic()
        minutes, seconds = divmod(int(started - self.began), 60)
        head = f"\n[bold]{number}. {title}[/bold]  {minutes}:{seconds:02}"
        self.console.print(head, highlight=False)
        told = chapter(self)
        took = time.monotonic() - started
        self.chapters.append(Chapter(title=title, seconds=took, **vars(told)))
        self.runs.tell(told.sentence, told.tone)

    def promise(self, sentence: str, *, is_kept: bool) -> None:
        """Note whether something is as it should be; all are on the page."""
        self.promises.append((sentence, is_kept))

    @property
    def events(self) -> tuple[Event, ...]:
        """The ledger as it stands."""
        return self.stage.place.events()

    @property
    def head(self) -> State:
        """What is live, as the ledger has it."""
        return state(self.events)

    @property
    def answers(self) -> list[Answer]:
        """All that customers were told."""
        return self.traffic.told() if self.traffic else []

    def keep(self, report: str, name: str) -> str:
        """Put a report beside the page; its address from there."""
        folder = self.stage.folder / "reports"
        folder.mkdir(exist_ok=True)
        shutil.copyfile(report, folder / f"{name}.html")
        return f"reports/{name}.html"

    def roll_out(self, version: str) -> dict[str, Any]:
        """Look until a version is live or on its way no more; the last look."""
        for _ in range(MOST_LOOKS):
            found = self.runs.run("deployment")
            head = self.head
            if head.champion == version or version in (
                event.version for event in head.lived
            ):
                return found
            if head.rollout is None:
                return found
            self.traffic_goes_on()
        raise DemoError(f"version {version} is not live after {MOST_LOOKS} looks")

    def traffic_goes_on(self) -> None:
        """Let customers ask for a while."""
        if self.traffic is not None:
            n = int(BETWEEN_LOOKS_SECONDS * self.plot.asks_per_second)
            self.traffic.wait_for(n, within_seconds=PATIENCE_SECONDS)


Happening = Callable[[Telling], Told]
"""What happens in a chapter."""
