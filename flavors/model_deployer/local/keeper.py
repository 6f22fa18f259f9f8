"""The process that keeps one server alive, and lets it replace its predecessors.

``python -m flavors.model_deployer.local.keeper FOLDER`` leaves for the background at
once: the run that started it may end.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil

from churn.deployment import DeploymentError
from flavors.model_deployer.local import steering
from flavors.model_deployer.local.generations import Generation, Plan, Record
from flavors.model_deployer.local.output import keep_log_short, last_line, spawn
from flavors.model_deployer.local.places import Place
from flavors.model_deployer.local.processes import end, family, identity, kill_group
from flavors.model_deployer.local.readiness import asking, ready_among

LOOK_SECONDS = 0.05
# A server that lived this long is restarted at once, another after a growing pause.
LONG_LIFE_SECONDS = 10.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
ENDING = {signal.SIGTERM, signal.SIGINT}
SIGNALS = {*ENDING, signal.SIGCHLD}


class EndedError(Exception):
    """The keeper was asked to end."""


class DiedError(Exception):
    """The server ended by itself."""


@dataclass
class Keeper:
    """Runs the server of one generation."""

    generation: Generation
    plan: Plan
    record: Record

    def run(self) -> None:
        """Start the server, replace what ran before, restart it until asked to end."""
        ours = self.generation.path
        old = [one for one in self._place.living if one.path != ours]
        try:
            self._start()
            self._wait_until_ready()
            self._replace(old)
        except (DiedError, DeploymentError, EndedError) as error:
            self._end("failed", str(error) or last_line(self.generation.log))
            for one in old:
                one.drain_no_more()
            return
        try:
            self._keep()
        except EndedError as error:
            self._end("ended", str(error))

    @property
    def _place(self) -> Place:
        return Place(self.generation.path.parent)

    def _start(self) -> None:
        keep_log_short(self.generation.log)
        try:
            pid = spawn(self.plan.command, self.generation.log)
        except OSError as error:
            program = self.plan.command[0]
            raise DeploymentError(f"{program}: {error.strerror}") from None
        self._tell(server=identity(pid))

    def _start_again(self) -> None:
        """Start the server, also if its program is not there for a while."""
        while True:
            try:
                self._start()
            except DeploymentError as error:
                self._tell(reason=str(error))
                _wait(LONGEST_PAUSE_SECONDS)
            else:
                return

    def _wait_until_ready(self) -> None:
        """Ask at the port itself, until every process that listens there is ready."""
        until = time.monotonic() + self.plan.ready_within_seconds
        ready: set[int] = set()
        while True:
            mine = family(self.record.server)
            wanted = {pid for pid, _ in steering.listeners(mine, self.plan.port)}
            if wanted and wanted <= ready:
                return
            if time.monotonic() > until:
                raise DeploymentError(
                    f"not ready within {self.plan.ready_within_seconds:g} s: "
                    f"{last_line(self.generation.log)}"
                )
            if wanted:
                with asking(self.plan.host, self.plan.port) as asked:
                    self._pause(LOOK_SECONDS)
                    ready |= ready_among(mine, asked)
            self._pause(LOOK_SECONDS)

    def _replace(self, old: list[Generation]) -> None:
        """Take over from whatever served the model before, losing no request."""
        if old:
            self._tell(condition="replacing")
            steered = self._steer(old)
            self._drain(old)
            for one in old:
                one.stop(within_seconds=self.plan.stop_within_seconds)
            if steered is not None:
                _tried(steering.steer_no_more, steered)
        self._place.adopt(self.generation)
        self._tell(condition="ready")

    def _steer(self, old: list[Generation]) -> tuple[int, int] | None:
        """Let new connections come here only; None where the system cannot do it."""
        port = self.plan.port
        theirs = [s for g in old for s in steering.listeners(_served(g), port)]
        mine = steering.listeners(family(self.record.server), port)
        if not mine or not theirs:
            return None
        steered = _tried(
            steering.steer, mine[0], first=len(theirs), n_listeners=len(mine)
        )
        return mine[0] if steered else None

    def _drain(self, old: list[Generation]) -> None:
        """Wait until clients of the old servers have gone, but not for ever."""
        for one in old:
            one.drain()
        until = time.monotonic() + self.plan.drain_within_seconds
        while time.monotonic() < until:
            theirs = [process for one in old for process in _served(one)]
            if not steering.open_connections(theirs, self.plan.port):
                return
            self._pause(LOOK_SECONDS)

    def _keep(self) -> None:
        """Restart the server whenever it dies, sooner if it lived long."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            lived = self._lived_seconds()
            pause = FIRST_PAUSE_SECONDS if lived > LONG_LIFE_SECONDS else pause
            reason = f"it died: {last_line(self.generation.log)}"
            self._tell(n_restarts=self.record.n_restarts + 1, reason=reason)
            _wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._start_again()

    def _lived_seconds(self) -> float:
        """Wait until the server dies; how long it lived from now on."""
        started = time.monotonic()
        try:
            while True:
                self._pause(LONG_LIFE_SECONDS)
        except DiedError:
            return time.monotonic() - started

    def _pause(self, seconds: float) -> None:
        """Wait, unless asked to end or left by the server."""
        self._check_alive()
        _wait(seconds)
        self._check_alive()

    def _check_alive(self) -> None:
        server = self.record.server
        if server is None or not _has_died(server.pid):
            return
        # While its corpse holds the number, the group is nobody else's.
        kill_group(server.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(server.pid, 0)
        raise DiedError

    def _end(self, condition: Literal["failed", "ended"], reason: str) -> None:
        end(self.record.server, within_seconds=self.plan.stop_within_seconds)
        self._tell(condition=condition, reason=reason)

    def _tell(self, **changes: Any) -> None:
        self.record = msgspec.structs.replace(self.record, **changes)
        self.generation.tell(self.record)


def main(folder: Path) -> None:
    """Leave for the background, then keep the server of this generation's folder."""
    generation = Generation(folder)
    plan = generation.plan
    if plan is None:
        sys.exit(f"error: {folder}: expected a generation with its plan, found none")
    if os.fork():
        os._exit(0)
    os.setsid()
    _leave_terminal(folder / "keeper.log")
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    record = Record(
        condition="starting",
        keeper=identity(os.getpid()),
        server=None,
        n_restarts=0,
        reason="",
    )
    generation.tell(record)
    Keeper(generation, plan, record).run()


def _leave_terminal(log: Path) -> None:
    source = os.open(os.devnull, os.O_RDONLY)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(source, 0)
    os.dup2(target, 1)
    os.dup2(target, 2)


def _wait(seconds: float) -> None:
    """Wait until a child ends or the time is over.

    Raises
    ------
    EndedError
        If this process is asked to end.
    """
    found = signal.sigtimedwait(SIGNALS, seconds)
    if found is not None and found.si_signo in ENDING:
        raise EndedError("it was stopped")


def _has_died(pid: int) -> bool:
    """Whether a child has ended; it stays a corpse, so that its number is kept."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    try:
        return os.waitid(os.P_PID, pid, options) is not None
    except ChildProcessError:
        return True


def _tried(act: Callable[..., None], *arguments: Any, **named: Any) -> bool:
    """Do what not every system can; without it a few requests may be lost."""
    try:
        act(*arguments, **named)
    except OSError as error:
        sys.stderr.write(f"cannot steer new connections: {error}\n")
        return False
    return True


def _served(generation: Generation) -> list[psutil.Process]:
    """The processes of a generation's server."""
    found = generation.record
    return [] if found is None else family(found.server)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
