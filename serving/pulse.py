"""Signs of life: of the observer to its supervisor, of a loop to a thread beside it."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serving.mapped import mapped

HUNG = 70
"""Exit code of a worker that answered nobody for too long; sysexits' EX_SOFTWARE."""
LOOKS = 10
WORD_BYTES = 8
NAME_BYTES = 64
BYTES = WORD_BYTES + NAME_BYTES


class Pulse:
    """Beats of one process, read by another through a small mapped file.

    They also say whose graph runs, so that a death is blamed on who caused it.
    """

    def __init__(self, path: Path) -> None:
        self._map = mapped(path, BYTES)
        self._words = memoryview(self._map)[:WORD_BYTES].cast("q")

    @property
    def beats(self) -> int:
        """How often it beat, ever."""
        return self._words[0]

    @property
    def challenger(self) -> str:
        """The bundle of the challenger whose graph runs; empty while none does."""
        return self._map[WORD_BYTES:].rstrip(b"\0").decode("ascii", "replace")

    def beat(self) -> None:
        """Show life."""
        self._words[0] += 1

    def runs(self, challenger: str) -> None:
        """Say whose graph runs from now on, ``""`` for nobody's; also a beat."""
        name = challenger.encode()[:NAME_BYTES].ljust(NAME_BYTES, b"\0")
        self._map[WORD_BYTES:] = name
        self.beat()


@contextmanager
def ended_if_stuck(hang_seconds: float) -> Iterator[None]:
    """End this process if what is begun here never ends: no thread can be stopped."""
    timer = threading.Timer(hang_seconds, os._exit, (HUNG,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class LoopPulse:
    """Ends this process once the loop of the thread that made it turns no more.

    A graph that never ends lets other threads run, but nobody is answered.
    """

    def __init__(self, hang_seconds: float) -> None:
        self._loop = asyncio.get_event_loop()
        self._hang_seconds = hang_seconds
        self._asked_at: float | None = None

    def start(self) -> None:
        """Look from now on, in a thread."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while self._is_felt():
            time.sleep(self._hang_seconds / LOOKS)
        os._exit(HUNG)

    def _is_felt(self) -> bool:
        """Ask the loop again once it answered; False once it did not for long."""
        asked = self._asked_at
        if asked is not None:
            return time.monotonic() - asked < self._hang_seconds
        if self._loop.is_running():
            self._asked_at = time.monotonic()
            self._loop.call_soon_threadsafe(self._answer)
        return True

    def _answer(self) -> None:
        self._asked_at = None
