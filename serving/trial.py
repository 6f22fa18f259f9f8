"""Tries bundles where a bad one can do no harm: each in a child of narrow limits.

``python -m serving.trial FOLDER...`` prints a line of JSON for each folder, and ends
with 1 if a bundle must not be served; without arguments it reads folders from its
input, one a line. A child has little memory, few seconds, and may write no file; a
bundle that crashes it, or makes it hang, is refused with that reason.
"""

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from churn.errors import HoldfastError
from churn.scoring.bundle import open_bundle
from churn.scoring.keys import TrustedKeys, trusted_keys
from churn.scoring.manifest import BOOSTER
from churn.scoring.reasons import Explainer

MOST_MEMORY_BYTES = 2 * 2**30
"""Of addresses beyond those that the libraries reserve by being loaded."""

LIMITS = {
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
}
WALL_SECONDS = 30.0
MOST_BYTES = 500
"""Of a reason."""

FINE = b"fine"


def refusal(folder: Path, *, trusted: TrustedKeys | None) -> str | None:
    """Load a bundle and its reasons in a forked child; None if nothing is wrong.

    To be called where no other thread ever ran: a fork copies the locks that others
    held, and not those who would let go of them.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _try(folder, trusted, writer)
    os.close(writer)
    try:
        said = _heard(reader, time.monotonic() + WALL_SECONDS)
    finally:
        os.close(reader)
        if said is None:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if said is None:
        return f"expected an answer within {WALL_SECONDS:g} s, found none"
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return f"expected a bundle that loads, found one that ends its reader: {name}"
    if not said:
        return "expected a bundle that loads, found one that ends its reader"
    return None if said == FINE else said.decode(errors="replace")


def main(folders: Iterable[str]) -> int:
    """Print what became of each folder; the exit code."""
    trusted = trusted_keys(os.environ)
    n_refused = 0
    for folder in folders:
        if (Path(folder) / BOOSTER).exists():
            import xgboost  # noqa: F401 (once here, instead of in each child)
        reason = refusal(Path(folder), trusted=trusted)
        n_refused += reason is not None
        answer = {"folder": folder, "ok": reason is None, "reason": reason}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return int(n_refused > 0)


def _try(folder: Path, trusted: TrustedKeys | None, writer: int) -> NoReturn:
    """In the child: limit it, read everything, say what came of it, end."""
    said = b"expected a bundle that loads, found one that needs too much"
    try:
        _limit()
        _silence()
        Explainer.of(open_bundle(folder, trusted=trusted))
        said = FINE
    except HoldfastError as error:
        said = str(error).encode(errors="replace")[:MOST_BYTES]
    except Exception as error:  # noqa: BLE001 (whatever it is, the bundle caused it)
        said = f"expected a bundle that loads, found {error!r}".encode()[:MOST_BYTES]
    finally:
        os.write(writer, said)
        os._exit(0)


def _limit() -> None:
    memory = {resource.RLIMIT_AS: address_bytes() + MOST_MEMORY_BYTES}
    for limit, most in (LIMITS | memory).items():
        resource.setrlimit(limit, (most, most))


def address_bytes() -> int:
    """What this process has reserved so far: gigabytes, with many processors."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[0]
    except OSError:
        return 0  # Another system than Linux.
    return int(pages) * resource.getpagesize()


def _silence() -> None:
    """What libraries print about a bundle is none of our answers."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _heard(reader: int, until: float) -> bytes | None:
    """What the child said before it ended; None if it did not in time."""
    said = b""
    while True:
        ready, _, _ = select.select(
            [reader], [], [], max(0.0, until - time.monotonic())
        )
        if not ready:
            return None
        part = os.read(reader, MOST_BYTES)
        if not part:
            return said
        said += part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or map(str.rstrip, sys.stdin)))
