"""Ending a command, whatever a check that was given up still waits for."""

import os
import sys
import threading
from typing import NoReturn

THREAD = "holdfast-check"


def leave(code: int) -> NoReturn:
    """End the process; at once where a thread was left behind.

    A library that it is in may have something to do at an exit, and waits for it.
    """
    if any(thread.name == THREAD for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
