"""Files that are memory: a disk that fills up later ends nobody."""

import subprocess
import sys

import pytest

from serving.mapped import mapped
from tests.conftest import CHECKOUT
from tests.storage.small_disks import small_disk

COUNTING = """
import sys
from pathlib import Path
from serving.mapped import share_counters

disk = Path(sys.argv[1])
share_counters(disk)
ballast = (disk / "ballast").open("wb", buffering=0)
try:
    while True:
        ballast.write(bytes(512))
except OSError:
    print("full")
from serving.metrics import Requests, exposition

requests = Requests()
for route in range(20):
    for status in range(10):
        requests.count(f"route {route}", status, 0.001)
print(exposition([]).decode().count("holdfast_request_seconds_count{"))
"""


@pytest.mark.parametrize("kilobytes", [1000, 200])
def test_a_disk_that_fills_up_ends_nobody_who_counts(tmp_path, kilobytes: int):
    with small_disk(tmp_path / "disk", kilobytes) as disk:
        done = subprocess.run(
            [sys.executable, "-c", COUNTING, str(disk)],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    assert (done.returncode, done.stdout.split()) == (0, ["full", "20"]), done.stderr


def test_two_see_the_same_bytes(tmp_path):
    mine, theirs = mapped(tmp_path / "a", 16), mapped(tmp_path / "a", 16)

    mine[3:5] = b"xy"

    assert bytes(theirs) == b"\0\0\0xy" + bytes(11)
