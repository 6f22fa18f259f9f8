"""Files that are also memory, their room on the disk taken before they are used.

A page that a full disk cannot hold ends the process that writes to it (SIGBUS), long
after the file was made.
"""

import contextlib
import mmap
import os
from pathlib import Path

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where processes share their counters; decided once, before they are imported."""
COUNTERS = ("counter", "histogram")
COUNTERS_BYTES = 2**18
"""Of each kind in each process: all routes, statuses and arms, twice over."""


def mapped(path: Path, n_bytes: int) -> mmap.mmap:
    """A file of so many bytes, made if need be.

    Raises
    ------
    OSError
        If the disk has no room for it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, n_bytes)
        return mmap.mmap(handle, n_bytes)
    finally:
        os.close(handle)


def share_counters(folder: Path) -> None:
    """Share this process's counters in a folder, or with nobody on a full disk."""
    os.environ[METRICS_FOLDER] = str(folder)
    paths = [folder / f"{kind}_{os.getpid()}.db" for kind in COUNTERS]
    try:
        for path in paths:
            mapped(path, COUNTERS_BYTES).close()
    except OSError:
        del os.environ[METRICS_FOLDER]
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _take(handle: int, n_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, n_bytes)
    elif os.fstat(handle).st_size < n_bytes:
        os.write(handle, bytes(n_bytes))
