"""Lines to whoever started the server."""

import sys
from contextlib import suppress


def say(text: str) -> None:
    """One line; what cannot be said, as on a full disk, must end nobody."""
    with suppress(OSError):
        sys.stderr.write(f"holdfast: {text}\n")
        sys.stderr.flush()


def say_plainly(text: str) -> None:
    """To the standard output, as it is, so that it can be copied."""
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
