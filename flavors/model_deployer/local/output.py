"""A server's process as it is started, and what it says: all of it goes to one file."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

MOST_LOG_BYTES = 10 * 2**20
REASON_CHARACTERS = 300


def spawn(command: Sequence[str], log: Path) -> int:
    """Start a server in a group of its own, talking to the log; its process id."""
    return os.posix_spawn(
        command[0],
        list(command),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (
                os.POSIX_SPAWN_OPEN,
                1,
                log,
                os.O_WRONLY | os.O_CREAT | os.O_APPEND,
                0o600,
            ),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        # The keeper blocks the signals it waits for; a server must hear them.
        setsigmask=(),
    )


def last_line(log: Path) -> str:
    """The last thing the server said, as one short line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return "nothing was said"
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][-REASON_CHARACTERS:] if said else "nothing was said"


def keep_log_short(log: Path) -> None:
    """Put a long log aside; of those only the newest is kept."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > MOST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
