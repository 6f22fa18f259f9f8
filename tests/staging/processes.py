"""Servers that start processes of their own, ended together with them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

# A session of its own would outlive a test that is killed.
WITH_US = ["setpriv", "--pdeathsig", "TERM"]
# Several start at once, on few processors.
START_SECONDS = 180
STOP_SECONDS = 5


@contextlib.contextmanager
def family(
    command: list[str],
    port: int,
    folder: Path,
    environ: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a server running while the block runs, from its first answer on."""
    log = folder / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [*WITH_US, *command],
            stdout=file,
            stderr=file,
            cwd=folder,
            env={**os.environ, **environ},
            start_new_session=True,
        )
        try:
            _wait_for(host, port, process, log)
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started, whether or not they listen."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)


def _wait_for(
    host: str, port: int, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError):
            socket.create_connection((host, port), timeout=1).close()
            return
        time.sleep(0.2)
    raise AssertionError(f"no answer on port {port}: {log.read_text()}")
