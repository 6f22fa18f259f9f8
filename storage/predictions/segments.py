"""Segments: files of one writer each, open (``.open``) or closed (``.jsonl``).

Whoever writes an open segment holds a lock on it, which dies with the process. So an
open segment without a lock is a dead writer's, whoever has its process number now.
A name sorts by the moment the segment was begun, and no other segment ever has it.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

OPEN = ".open"
CLOSED = ".jsonl"
WORKER = re.compile(r"[A-Za-z0-9_]{1,40}")
NAME = re.compile(rf"\d{{8}}T\d{{12}}Z-{WORKER.pattern}-[0-9a-f]{{12}}")


def new_name(worker: str) -> str:
    """A name of a segment begun now; ``worker`` is letters, digits and ``_``."""
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{at}Z-{worker}-{os.urandom(6).hex()}"


def segments(folder: Path) -> dict[str, Path]:
    """All segments in a folder by name, the oldest first; other files are left out."""
    with suppress(FileNotFoundError):
        # While one is renamed, the folder may be read with both of its names.
        paths = sorted(folder.iterdir(), key=lambda path: path.suffix == CLOSED)
        named = {path.stem: path for path in paths if path.suffix in {OPEN, CLOSED}}
        return {name: named[name] for name in sorted(named) if NAME.fullmatch(name)}
    return {}


def closed_segments(folder: Path) -> list[Path]:
    """Closed segments, the oldest first."""
    return [path for path in segments(folder).values() if path.suffix == CLOSED]


def begin(folder: Path, worker: str) -> tuple[int, Path]:
    """A new open segment and its descriptor, which appends and holds the lock."""
    while True:
        path = folder / f"{new_name(worker)}{OPEN}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Before it was locked, it looked like a dead writer's.
        if path.exists():
            return descriptor, path
        os.close(descriptor)


def close(path: Path) -> Path:
    """Rename an open segment to a closed one."""
    return path.rename(path.with_suffix(CLOSED))


def adopt(folder: Path) -> list[Path]:
    """Close the open segments of dead writers; an empty one is removed."""
    found = [path for path in segments(folder).values() if path.suffix == OPEN]
    return [path for one in found for path in _adopted(one)]


def _adopted(path: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if os.fstat(file.fileno()).st_size == 0:
            path.unlink()
        else:
            yield close(path)
