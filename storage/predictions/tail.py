"""Reads what all workers of one server append, while they append it.

A segment is followed by name and kept open, so closing or removing it loses nothing. A
line is read once it is complete.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from storage.predictions.record import BadLineError, Record, decode
from storage.predictions.segments import CLOSED, segments

CHUNK_BYTES = 1 << 18


@dataclass
class _Followed:
    """A segment opened here, and how far it was read."""

    descriptor: int
    offset: int
    is_closed: bool = False

    @property
    def n_left(self) -> int:
        """Bytes not read yet; a write that was taken back may leave fewer than none."""
        return max(0, os.fstat(self.descriptor).st_size - self.offset)

    def lines(self, most: int) -> list[bytes]:
        """The next complete lines; at the end of a closed segment also a torn one."""
        n_bytes = CHUNK_BYTES
        chunk = os.pread(self.descriptor, n_bytes, self.offset)
        while b"\n" not in chunk and len(chunk) == n_bytes:
            n_bytes *= 2
            chunk = os.pread(self.descriptor, n_bytes, self.offset)
        *lines, rest = chunk.split(b"\n", most)
        if not lines and rest and self.is_closed:
            self.offset += len(rest)
            return [rest]
        self.offset += sum(map(len, lines)) + len(lines)
        return lines


class Tail:
    """All segments in a folder, from their beginning or from a ``position``.

    ``position`` is how many bytes of each segment were read, as ``Tail.position`` told.
    Lines that are no records are left out and counted in ``n_bad``.
    """

    def __init__(self, folder: Path, position: Mapping[str, int] | None = None) -> None:
        self.n_bad = 0
        self._folder = folder
        self._read = dict(position or {})
        self._followed: dict[str, _Followed] = {}

    @property
    def position(self) -> dict[str, int]:
        """How many bytes were read of each segment that is still there."""
        now = {name: one.offset for name, one in self._followed.items()}
        return self._read | now

    def poll(self, most: int) -> list[Record]:
        """Up to ``most`` records not read yet, the oldest segment first."""
        self._look()
        records: list[Record] = []
        while len(records) < most and (lines := self._lines(most - len(records))):
            records += self._decoded(lines)
        return records

    def lag_bytes(self) -> int:
        """How much was appended and is not read yet."""
        self._look()
        return sum(one.n_left for one in self._followed.values())

    def skip_to_end(self) -> int:
        """Leave out all that was not read yet; returns how many lines that are."""
        self._look()
        n_skipped = 0
        while lines := self._lines(CHUNK_BYTES):
            n_skipped += len(lines)
        return n_skipped

    def close(self) -> None:
        """Let go of all files."""
        for name in list(self._followed):
            self._let_go(name)

    def _look(self) -> None:
        """Open new segments, note closed ones, forget those read and removed."""
        found = segments(self._folder)
        for name in self._read.keys() - found.keys():
            del self._read[name]
        for name, path in found.items():
            if name not in self._followed:
                self._follow(name, path)
        for name, one in self._followed.items():
            one.is_closed = name not in found or found[name].suffix == CLOSED

    def _follow(self, name: str, path: Path) -> None:
        """Open a segment, unless it was read to its end or is gone by now."""
        for there in (path, path.with_suffix(CLOSED)):
            with suppress(FileNotFoundError):
                is_closed, n_read = there.suffix == CLOSED, self._read.get(name, 0)
                if not is_closed or there.stat().st_size != n_read:
                    descriptor = os.open(there, os.O_RDONLY | os.O_CLOEXEC)
                    self._followed[name] = _Followed(descriptor, n_read)
                return

    def _lines(self, most: int) -> list[bytes]:
        """The next lines of the oldest segment that has some."""
        for name, one in list(self._followed.items()):
            if lines := one.lines(most):
                return lines
            if one.is_closed:
                self._let_go(name)
        return []

    def _let_go(self, name: str) -> None:
        one = self._followed.pop(name)
        self._read[name] = one.offset
        os.close(one.descriptor)

    def _decoded(self, lines: list[bytes]) -> Iterator[Record]:
        for line in lines:
            try:
                yield decode(line)
            except BadLineError:
                self.n_bad += 1
