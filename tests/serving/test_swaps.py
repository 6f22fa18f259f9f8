"""Swaps under full load: `python -m pytest -q -rP tests/serving/test_swaps.py`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from serving.active import read_workers
from tests.conftest import CHECKOUT
from tests.serving.running import RunningServer
from tests.serving.small_bundles import publish, release_of, small_bundle

pytestmark = pytest.mark.server
SWAPS = int(os.environ.get("HOLDFAST_TEST_SWAPS", "1000"))
LOOK_SECONDS = 0.002
CONNECTIONS = "16"


@pytest.mark.parametrize("n_workers", [1, 2])
def test_no_request_fails_or_mixes_versions_over_a_thousand_swaps(
    tmp_path: Path, n_workers: int
):
    versions = [small_bundle(tmp_path / f"v{n}", float(n)) for n in (1, 2, 3)]
    releases = tmp_path / "releases"
    path = publish(releases, release_of(versions[0], sequence=1))
    options = ("--release", str(path), "--follow-seconds", "0.01")
    options += ("--workers", str(n_workers), "--segment-bytes", str(2**20))

    with RunningServer(tmp_path / "state", *options) as running:
        running.serving(1, workers=n_workers)
        port = str(running.status.port)
        client = subprocess.Popen(
            [sys.executable, "-m", "tests.serving.load", port, CONNECTIONS],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
        )
        with client:
            client.stdout.readline()
            for sequence in range(2, SWAPS + 2):
                release = release_of(versions[sequence % 3], sequence=sequence)
                publish(releases, release)
                acknowledged(running, sequence, n_workers)
            client.terminate()
            told = json.loads(client.stdout.readline())
        sys.stdout.write(f"{n_workers} workers, {SWAPS} swaps: {told}\n")
        status = running.status

    assert (told["failed"], told["mixed"]) == (0, 0)
    assert set(told["versions"]) == {"1.0", "2.0", "3.0"}
    assert told["requests"] > SWAPS
    assert status.accepted_total == SWAPS + 1
    assert (status.worker_deaths_total, status.refused_total) == (0, 0)


def acknowledged(running: RunningServer, sequence: int, n_workers: int) -> None:
    """Wait until every worker serves this release."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        there = [worker.sequence for worker in read_workers(running.state)]
        if there.count(sequence) == n_workers:
            return
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"release {sequence} is not served")
