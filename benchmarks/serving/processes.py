"""Servers as processes: started in a session of their own, waited for, ended."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0
POLL_SECONDS = 0.005
END_SECONDS = 10.0
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
ERROR = re.compile(r"[\w.]*(Error|Exception)\b")


class CannotStartError(Exception):
    """A contender that is not there, or dies; its text says why."""


@dataclass(frozen=True)
class Program:
    """How a server is started, and which address answers once it is ready."""

    command: Sequence[str]
    ready_url: str
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class Running:
    """How long it took to be ready, and the session of all its processes."""

    seconds: float
    session: int


@contextmanager
def running(program: Program, log: Path) -> Iterator[Running]:
    """Start a server and wait until it is ready; end it afterwards."""
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (the command is ours)
            program.command,
            cwd=program.folder,
            env={**os.environ, **program.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(program, process, log)
        yield Running(time.perf_counter() - started, process.pid)
    finally:
        _end(process)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def resident_mb(pid: int) -> float:
    """Memory that a process holds, shared pages included."""
    return _kilobytes(pid, "status", "VmRSS:") / 1024


def session_mb(session: int) -> float:
    """Memory of all processes of a session, each shared page counted once."""
    return sum(
        _kilobytes(pid, "smaps_rollup", "Pss:") / 1024
        for pid in _processes()
        if _session(pid) == session
    )


def cpu_seconds(session: int) -> float:
    """What all processes of a session have computed so far, in all their threads."""
    return sum(_cpu_seconds(pid) for pid in _processes() if _session(pid) == session)


def _cpu_seconds(pid: int) -> float:
    # proc(5): user and system time are fields 14 and 15, and the 2nd may have spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _session(pid: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getsid(pid)
    return None


def _kilobytes(pid: int, file: str, field: str) -> int:
    """A field of a process's account of its memory."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def _wait_until_ready(
    program: Program, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStartError(f"it ended at once: {_why(log)}")
        if _answers(program.ready_url):
            return
        time.sleep(POLL_SECONDS)
    raise CannotStartError(f"not ready in {START_SECONDS:g} s: {_why(log)}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 (ours)
            return True
    except OSError:
        return False


def reason(log: str) -> str:
    """Why a server ended, by what it printed: its first error, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if ERROR.match(line)]
    return next(iter(errors + lines[-1:]), "it said nothing")


def _why(log: Path) -> str:
    return reason(log.read_text(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole session: some servers leave children behind."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(END_SECONDS)
