"""Counts what each arm of a canary did, per worker, where the supervisor can see it.

A worker maps one small file a canary; every counter is one aligned word that only the
worker changes, so the supervisor reads it without a lock. Counters of a dead worker
stay: what it answered counts.
"""

import os
from pathlib import Path
from typing import Literal

import msgspec

from serving.mapped import mapped

Arm = Literal["champion", "challenger"]

ARMS: tuple[Arm, Arm] = ("champion", "challenger")
KINDS = 3
WORDS = len(ARMS) * KINDS
BYTES = WORDS * 8


class ArmCounts(msgspec.Struct, frozen=True):
    """Customers of one arm: answered in all, failed, slow."""

    n: int = 0
    failed: int = 0
    slow: int = 0


class ArmCounter:
    """The counters of one worker during one canary; none is kept without a canary."""

    def __init__(self, folder: Path, *, canary: int) -> None:
        self.canary = canary
        self._words = _words(folder, canary)

    def add(self, arm: Arm, failed: bool, slow: bool) -> None:  # noqa: FBT001 (hot)
        """Count one request of an arm. To be called from one thread."""
        words = self._words
        place = 0 if arm == "champion" else KINDS
        words[place] += 1
        if failed:
            words[place + 1] += 1
        if slow:
            words[place + 2] += 1


def totals(folder: Path, canary: int) -> dict[Arm, ArmCounts]:
    """What both arms did in all workers together during one canary."""
    sums = [0] * WORDS
    for path in folder.glob(f"{canary}-*.bin"):
        content = path.read_bytes()
        if len(content) == BYTES:
            sums = [
                a + b for a, b in zip(sums, memoryview(content).cast("q"), strict=True)
            ]
    return {
        arm: ArmCounts(*sums[i * KINDS : (i + 1) * KINDS]) for i, arm in enumerate(ARMS)
    }


def forget_others(folder: Path, canary: int) -> None:
    """Remove the counters of other canaries than this one."""
    for path in folder.glob("*.bin"):
        if not path.name.startswith(f"{canary}-"):
            path.unlink(missing_ok=True)


def _words(folder: Path, canary: int) -> memoryview:
    if canary == 0:
        return memoryview(bytearray(BYTES)).cast("q")
    path = folder / f"{canary}-{os.getpid()}.bin"
    return memoryview(mapped(path, BYTES)).cast("q")
