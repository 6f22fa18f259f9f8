"""A check that was given up does not keep the process."""

import subprocess
import sys
import time

from tests.cli.doctor.tls_servers import silent_server
from tests.conftest import CHECKOUT

# Whoever waits has something to do at the exit, as libraries have.
WAITING = """
import atexit, socket, sys, threading
from cli.doctor.examining import Hiding, examine_all
from cli.doctor.finding import Check
from cli.doctor.leaving import leave

def wait():
    atexit.register(threading.current_thread().join)
    socket.create_connection(("127.0.0.1", int(sys.argv[1]))).recv(1)
    return []

(found,) = examine_all(
    [Check("a", "answers", wait)], Hiding(frozenset()), limit_seconds=0.3
)
print(found.told)
leave(3)
"""


def test_a_server_that_never_answers_does_not_hold_the_exit():
    with silent_server() as port:
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-c", WAITING, str(port)],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    assert (ended.returncode, ended.stdout) == (3, "no answer within 0.3 s\n")
    assert time.monotonic() - began < 10
