"""Reads the files of a bundle folder: plain files, of bounded size, nothing else."""

import os
import stat
from itertools import islice
from pathlib import Path

from churn.errors import BundleError

MOST_FILES = 16
MOST_BYTES = 256 * 2**20
"""Of one file; a graph of 2,000 deep trees has about a quarter of it."""

MOST_TEXT_BYTES = 16 * 2**20
"""Of a JSON file, which takes many times as much once it is parsed."""


def read_files(folder: Path) -> dict[str, bytes]:
    """The content of each file in a folder, by name.

    Each is opened once, without following links, and checked through that handle,
    so what was checked is what was read.

    Raises
    ------
    BundleError
        If the folder is missing, or holds a folder, a link, a special file, too
        many files or one too large.
    """
    try:
        found = [path.name for path in islice(folder.iterdir(), MOST_FILES + 1)]
    except OSError as error:
        raise BundleError(
            f"expected a bundle folder, found {error.strerror}: {folder}"
        ) from error
    if len(found) > MOST_FILES:
        raise BundleError(
            f"expected at most {MOST_FILES} files in {folder}, found more"
        )
    return {name: _read(folder / name) for name in sorted(found)}


def _read(path: Path) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise BundleError(
            f"expected a plain file, found {error.strerror}: {path}"
        ) from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise BundleError(f"expected a plain file, found another kind: {path}")
        most = MOST_TEXT_BYTES if path.suffix == ".json" else MOST_BYTES
        if state.st_size > most:
            raise BundleError(
                f"expected at most {most} bytes, found {state.st_size}: {path}"
            )
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(state.st_size)
    finally:
        os.close(handle)
