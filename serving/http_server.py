"""Granian, with a word for each worker that dies and an end to endless dying.

Checked against Granian 2.8: a worker that exits unasked is started again in
``_respawn_workers``; its own rule (two deaths within 5.5 s end the server) would let
one bad challenger take the champion along, so ours counts all deaths instead.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from serving.pulse import LoopPulse
from serving.settings import Settings, from_environment

MOST_DEATHS_PER_WORKER = 5
DEATHS_SECONDS = 30.0


class HttpServer(MPServer):
    """Starts the workers, which share the port, and keeps their number."""

    def __init__(
        self, settings: Settings, *, died: Callable[[int, int | None], None]
    ) -> None:
        super().__init__(
            "serving.asgi:app",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGINL,
            workers=settings.workers,
            loop=Loops.uvloop,
            http=HTTPModes.auto,
            websockets=False,
            log_level=LogLevels.critical,
            respawn_failed_workers=True,
            workers_kill_timeout=settings.drain_seconds,
        )
        self._died = died
        self._deaths: deque[float] = deque(
            maxlen=MOST_DEATHS_PER_WORKER * settings.workers
        )

    def _respawn_workers(
        self,
        workers: list[int],
        spawn_target: Any,
        target_loader: Any,
        delay: float = 0,
    ) -> None:
        for idx in workers:
            dead = self.wrks[idx].inner
            self._died(dead.pid, dead.exitcode)
            self._deaths.append(time.monotonic())
        if self._is_endless():
            self.interrupt_children.extend(workers)
            self.interrupt_signal = True
            self.main_loop_interrupt.set()
            return
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()

    def _is_endless(self) -> bool:
        full = len(self._deaths) == self._deaths.maxlen
        return full and self._deaths[-1] - self._deaths[0] < DEATHS_SECONDS


def load_app() -> Any:
    """The application, in a worker; Granian's own loader depends on the folder."""
    from serving.asgi import app

    LoopPulse(from_environment(os.environ).hang_seconds).start()
    return app
