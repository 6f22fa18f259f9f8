import os
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from flavors.model_deployer.local.processes import (
    Identity,
    alive,
    end,
    family,
    identity,
    runs,
)

SLEEP = "import time; time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-c', {DEAF!r}]); "
    "print(child.pid, flush=True); child.wait()"
)


@pytest.fixture
def started():
    """Start Python in a session of its own; whatever is left is killed."""
    made = []

    def start(code):
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            start_new_session=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        made.append(process)
        return process

    yield start
    for process in made:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_process_is_known_again(started):
    process = started(SLEEP)

    assert alive(identity(process.pid)).pid == process.pid


def test_another_process_of_the_same_number_is_not(started):
    known = identity(started(SLEEP).pid)

    assert alive(replace(known, created=known.created - 1)) is None


def test_nobody_and_the_dead_are_not_alive(started):
    process = started("pass")
    known = Identity(process.pid, psutil.Process(process.pid).create_time())
    until = time.monotonic() + 10
    while runs(psutil.Process(process.pid)) and time.monotonic() < until:
        time.sleep(0.01)

    assert alive(None) is None
    assert alive(known) is None, "a corpse that is not buried yet"
    process.wait()
    assert alive(known) is None
    assert family(known) == []


def test_ending_takes_children_along_that_ignore_being_asked(started):
    parent = started(PARENT)
    child = psutil.Process(int(parent.stdout.readline()))

    end(identity(parent.pid), within_seconds=0.2)

    assert not runs(child)
    assert not runs(psutil.Process(parent.pid))


def test_ending_spares_a_stranger_of_the_same_number(started):
    process = started(SLEEP)
    stranger = replace(identity(process.pid), created=0.0)

    end(stranger, within_seconds=0.2)

    assert alive(identity(process.pid))


def test_this_process_is_alive():
    assert alive(identity(os.getpid())).pid == os.getpid()
