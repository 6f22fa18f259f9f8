"""Appends records before the answer leaves; what was appended outlives the process.

An append is one ``write`` to the kernel: ``kill -9`` loses nothing of it, a power cut
may. What could not be written whole is taken back, so no line is ever half there.
"""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from churn.errors import HoldfastError
from storage.predictions.record import Record, encode
from storage.predictions.segments import WORKER, begin, close

OnFull = Literal["refuse", "serve"]


class LogFullError(HoldfastError):
    """Records could not be written, and the server is told not to answer then."""


class SegmentWriter:
    """One worker's log: appends from one thread, rotates by size and age.

    ``on_full`` says what ``append`` does where the disk takes no more: raise, so that
    the request is refused, or go on and count.
    """

    def __init__(
        self,
        folder: Path,
        *,
        worker: str,
        rotate_bytes: int,
        rotate_seconds: float,
        on_full: OnFull,
    ) -> None:
        self.n_appended = 0
        self.n_not_logged = 0
        self._folder = folder
        self._worker = worker
        self._rotate_bytes = rotate_bytes
        self._rotate_seconds = rotate_seconds
        self._on_full = on_full
        self._descriptor: int | None = None
        self._path = folder
        self._n_bytes = 0
        self._due = 0.0
        if not WORKER.fullmatch(worker):
            raise ValueError(f"worker: expected letters, digits and _, found {worker}")

    def append(self, records: Sequence[Record]) -> None:
        """Write the records, all or none.

        Raises
        ------
        LogFullError
            If they could not be written and ``on_full`` is ``refuse``.
        """
        lines = encode(records)
        try:
            self._write(lines)
        except OSError as error:
            self.n_not_logged += len(records)
            if self._on_full == "refuse":
                raise LogFullError(
                    f"the prediction log cannot be written: {error.strerror}; free "
                    "space on its disk"
                ) from None
        else:
            self.n_appended += len(records)

    def rotate_if_due(self) -> None:
        """Close a segment that is old enough; call it now and then without traffic."""
        if self._descriptor is not None and time.monotonic() >= self._due:
            self.close()

    def close(self) -> None:
        """Close the segment at hand; the next append begins another."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        # Renamed before the lock is let go, it never looks like a dead writer's.
        with suppress(OSError):
            close(self._path)
        os.close(descriptor)

    def _write(self, lines: bytes) -> None:
        descriptor, rest = self._current(), memoryview(lines)
        try:
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        except OSError:
            self._take_back(descriptor)
            raise
        self._n_bytes += len(lines)

    def _take_back(self, descriptor: int) -> None:
        """Cut off what a failed write left; where that fails too, begin anew."""
        try:
            os.ftruncate(descriptor, self._n_bytes)
        except OSError:
            self.close()

    def _current(self) -> int:
        """The descriptor to write to, of a new segment where the old one is due."""
        if self._descriptor is None:
            return self._begun()
        if self._n_bytes >= self._rotate_bytes or time.monotonic() >= self._due:
            # On a full disk no file can be made; the old one is as good.
            with suppress(OSError):
                return self._begun()
        return self._descriptor

    def _begun(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor, path = begin(self._folder, self._worker)
        self.close()
        self._descriptor, self._path, self._n_bytes = descriptor, path, 0
        self._due = time.monotonic() + self._rotate_seconds
        return descriptor
