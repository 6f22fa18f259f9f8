"""Watching a run whose steps log elsewhere: ZenML's server is asked now and then."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from zenml.client import Client
from zenml.enums import ExecutionStatus
from zenml.models import StepRunResponse

from cli.progress import Progress

PAUSE_SECONDS = 2.0
MOST_STEPS = 100

log = logging.getLogger(__name__)


@dataclass
class Watch:
    """What was told of the steps so far."""

    run_name: str
    shown: Progress
    started: set[str] = field(default_factory=set)

    def look(self) -> None:
        """Tell what is new."""
        runs = Client().list_pipeline_runs(name=self.run_name, size=1).items
        if runs:
            steps = Client().list_run_steps(
                pipeline_run_id=runs[0].id, sort_by="created", size=MOST_STEPS
            )
            for step in steps.items:
                self._tell(step)

    def _tell(self, step: StepRunResponse) -> None:
        if step.status == ExecutionStatus.CACHED:
            self.shown.reuse(step.name)
            return
        if step.name not in self.started:
            self.started.add(step.name)
            self.shown.start(step.name)
        if step.status == ExecutionStatus.COMPLETED and step.end_time:
            begun = step.start_time or step.end_time
            self.shown.finish(step.name, (step.end_time - begun).total_seconds())


@contextmanager
def watched(run_name: str, shown: Progress) -> Iterator[None]:
    """Tell of the run's steps while the block waits for its end."""
    watch, over = Watch(run_name, shown), Event()
    thread = Thread(target=_until, args=(over, watch), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _until(over: Event, watch: Watch) -> None:
    """Look again and again, and once when it is over."""
    is_over = False
    while not is_over:
        is_over = over.wait(PAUSE_SECONDS)
        try:
            watch.look()
        except Exception as error:  # noqa: BLE001 (the next look tells it)
            log.debug("cannot look at the run: %s", error)
