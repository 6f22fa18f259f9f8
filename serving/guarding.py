"""Ends a canary on its own: for failures, slow answers, or a worker it took along."""

import signal
from typing import TYPE_CHECKING

from serving.acceptance import Acceptance
from serving.active import Active, StateFolder
from serving.arms import ArmCounts, totals
from serving.board import Board
from serving.pulse import HUNG

if TYPE_CHECKING:
    from churn.scoring.guard import Counts, Guard

CRASHES = frozenset(
    -int(number)
    for number in (
        *(signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS),
        *(signal.SIGFPE, signal.SIGILL),
    )
)
MOST_KILLS = 1
"""A worker killed from outside may be anybody's doing, or want of memory: once."""


class Guarding:
    """Looks at both arms again and again, with the function the pipeline uses too."""

    def __init__(
        self, state: StateFolder, acceptance: Acceptance, board: Board
    ) -> None:
        self._state = state
        self._acceptance = acceptance
        self._board = board
        self._canary = 0
        self._kills = 0
        self._guard: Guard | None = None

    def look(self) -> None:
        """Bet on what both arms did since the last look; veto on an alarm."""
        active = self._watched()
        if active is None:
            return
        now = totals(self._state.arms, active.canary)
        guard = self._guard or _start()
        champion, challenger = _counts(now["champion"]), _counts(now["challenger"])
        self._guard = guard.update(
            champion.since(guard.champion), challenger.since(guard.challenger)
        )
        if self._guard.alarm is not None:
            self._veto(active, self._guard.alarm)

    def worker_died(self, exit_code: int | None) -> None:
        """A worker ended unasked; the canary is to blame where it shows."""
        active = self._watched()
        if active is None:
            return
        if exit_code == HUNG:
            self._veto(active, "a worker hung while it answered requests")
        elif exit_code in CRASHES:
            name = signal.Signals(-(exit_code or 0)).name
            self._veto(active, f"a worker crashed ({name})")
        elif self._kills >= MOST_KILLS:
            self._veto(active, f"{self._kills + 1} workers died")
        self._kills += 1

    def _watched(self) -> Active | None:
        """What is served, if a canary takes part; a new one is guarded anew."""
        active = self._acceptance.active
        if active is None or active.canary == 0:
            return None
        if active.canary != self._canary:
            self._canary, self._kills, self._guard = active.canary, 0, None
        return active

    def _veto(self, active: Active, reason: str) -> None:
        now = totals(self._state.arms, active.canary)
        done = self._acceptance.veto(
            active, reason, champion=now["champion"], challenger=now["challenger"]
        )
        if done and active.challenger is not None:
            self._board.vetoed(active.challenger.version, reason)


def _start() -> "Guard":
    # NumPy comes with it: a server without a canary needs none in this process.
    from churn.scoring.guard import USUAL, Guard

    return Guard.start(USUAL)


def _counts(found: ArmCounts) -> "Counts":
    from churn.scoring.guard import Counts

    return Counts(found.n, found.failed, found.slow)
