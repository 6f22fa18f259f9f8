"""Processes that are known again: by number and by when they began."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

KILLED_WITHIN_SECONDS = 5.0
LOOK_SECONDS = 0.01


@dataclass(frozen=True)
class Identity:
    """A process; its number alone may be another's by now."""

    pid: int
    created: float


def identity(pid: int) -> Identity:
    """Who has this number at this moment."""
    return Identity(pid, psutil.Process(pid).create_time())


def alive(known: Identity | None) -> psutil.Process | None:
    """The process, if it still runs; a corpse that nobody buried does not."""
    if known is None:
        return None
    try:
        process = psutil.Process(known.pid)
        same = process.create_time() == known.created
    except psutil.NoSuchProcess:
        return None
    return process if same and runs(process) else None


def family(known: Identity | None) -> list[psutil.Process]:
    """The process and all it started, directly or not."""
    process = alive(known)
    if process is None:
        return []
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end(known: Identity | None, *, within_seconds: float) -> None:
    """Ask a process that leads its group to end; then kill whatever is left of it."""
    found = family(known)
    if known is None or not found:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        found[0].terminate()
    _wait(found[:1], within_seconds)
    kill_group(known.pid)
    for process in found:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait(found, KILLED_WITHIN_SECONDS)


def kill_group(leader: int) -> None:
    """Kill all processes of a group; most often there are none left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _wait(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until none runs; whoever started them may bury them later."""
    until = time.monotonic() + seconds
    while any(runs(process) for process in processes) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)


def runs(process: psutil.Process) -> bool:
    """Whether it is not gone; a corpse that waits to be buried is."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
