"""Brings closed segments to the stack's store; the disk they were written to may die.

Below the store's address, ``MODEL/segments/NAME.jsonl``. A segment is removed here only
once it is there. Sent twice, it is the same file twice.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from storage.objects import ObjectError, open_objects
from storage.predictions.segments import adopt, closed_segments

PREDICTIONS_URL = "HOLDFAST_PREDICTIONS_URL"
SEGMENTS = "segments"


@dataclass(frozen=True)
class Shipped:
    """What one round brought over."""

    n_segments: int
    n_bytes: int


def ship(
    folder: Path,
    url: str,
    model: str,
    *,
    environ: Mapping[str, str],
    keep_seconds: float = 0,
) -> Shipped:
    """Send closed segments, the oldest first, those that dead writers left included.

    A segment waits here until ``keep_seconds`` after its last line, for a reader that
    is behind.

    Raises
    ------
    ConfigError
        If the address is of another kind.
    ObjectError
        If the store cannot be written, or the log not be read; what was not sent is
        still here.
    """
    store = open_objects(url, environ=environ)
    n_segments = n_bytes = 0
    try:
        adopt(folder)
        for path in closed_segments(folder):
            if time.time() - path.stat().st_mtime >= keep_seconds:
                content = path.read_bytes()
                store.put(f"{model}/{SEGMENTS}/{path.name}", content)
                path.unlink()
                n_segments, n_bytes = n_segments + 1, n_bytes + len(content)
    except OSError as error:
        raise ObjectError(f"the prediction log {folder}: {error.strerror}") from None
    return Shipped(n_segments, n_bytes)
