"""Keeps the observer running, ends one that hangs, drops a shadow that kills it."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

from serving.acceptance import Acceptance
from serving.active import StateFolder
from serving.board import Board
from serving.pulse import Pulse
from serving.settings import Settings

COMMAND = [sys.executable, "-m", "serving.observer"]
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STARVED = 60
"""So much longer than one that computes may one that waits be silent."""
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Watching:
    """One observer at a time."""

    def __init__(
        self,
        settings: Settings,
        state: StateFolder,
        acceptance: Acceptance,
        board: Board,
    ) -> None:
        self._settings = settings
        self._state = state
        self._acceptance = acceptance
        self._board = board
        self._process: subprocess.Popen[bytes] | None = None
        self._pulse = Pulse(state.pulse)
        self._start_at = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._blamed: tuple[str, int] = ("", 0)
        self._beat = (-1, 0.0, 0.0)

    def look(self) -> None:
        """Start the observer if there is none; end it if it hangs."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return
        if self._process.poll() is not None:
            self._ended(f"exit {self._process.returncode}", is_blamed=True)
            return
        waited, computed = self._silence(self._process.pid)
        most = self._settings.observer_hang_seconds
        # On a busy machine it may wait its turn for long, and that is nobody's fault.
        if waited > most and computed > most / 2:
            self._kill()
            self._ended("it hung", is_blamed=True)
        elif waited > most * STARVED:
            self._kill()
            self._ended("it gave no sign of life", is_blamed=False)

    def end(self) -> None:
        """End the observer, which then closes what it wrote."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start(self) -> None:
        self._pulse.runs("")
        self._beat = (-1, time.monotonic(), 0.0)
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            COMMAND, stdin=subprocess.DEVNULL
        )

    def _silence(self, pid: int) -> tuple[float, float]:
        """For how long there was no sign of life, and what it computed meanwhile."""
        beats, now, cpu = self._pulse.beats, time.monotonic(), _cpu_seconds(pid)
        if beats != self._beat[0]:
            if self._beat[0] >= 0:
                self._pause = FIRST_PAUSE_SECONDS
            self._beat = (beats, now, cpu)
        return now - self._beat[1], cpu - self._beat[2]

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _ended(self, how: str, *, is_blamed: bool) -> None:
        challenger = self._pulse.challenger
        doing = " while it ran the challenger" if challenger else ""
        self._process = None
        self._start_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._board.observer_died(f"the observer ended ({how}){doing}; another starts")
        if challenger and is_blamed:
            self._blame(challenger, how)

    def _blame(self, challenger: str, how: str) -> None:
        """Count the deaths that one challenger caused; after some it goes."""
        name, deaths = self._blamed
        deaths = deaths + 1 if name == challenger else 1
        self._blamed = (challenger, deaths)
        active = self._acceptance.active
        if deaths < self._settings.observer_deaths or active is None:
            return
        named = active.challenger
        if named is None or named.bundle_sha256 != challenger:
            return
        reason = f"it ended the process that scores in its shadow {deaths} times: {how}"
        if self._acceptance.veto(active, reason):
            self._board.vetoed(named.version, reason)


def _cpu_seconds(pid: int) -> float:
    """What a process computed so far; 0 where that is not told."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
    return 0.0
