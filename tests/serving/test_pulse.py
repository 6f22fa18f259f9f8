import subprocess
import sys
from pathlib import Path

import pytest

from serving.pulse import HUNG, Pulse
from tests.conftest import CHECKOUT

LOOP = """
import asyncio, time
from serving.pulse import LoopPulse

async def main():
    LoopPulse(0.2).start()
    for _ in range(5):
        await asyncio.sleep(0.1)
    print("turned", flush=True)
    {end}

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(main())
"""


def run(end: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", LOOP.format(end=end)],
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
        timeout=20,
    )


def test_another_process_sees_beats_and_whose_graph_runs(tmp_path: Path):
    mine, theirs = Pulse(tmp_path / "pulse"), Pulse(tmp_path / "pulse")

    mine.beat()
    mine.runs("a" * 64)

    assert theirs.beats == 2
    assert theirs.challenger == "a" * 64
    mine.runs("")
    assert theirs.challenger == ""


@pytest.mark.server
def test_a_loop_that_turns_is_left_alone_and_one_that_is_stuck_is_ended():
    fine, stuck = run("pass"), run("time.sleep(15)")

    assert (fine.returncode, fine.stdout) == (0, b"turned\n")
    assert (stuck.returncode, stuck.stdout) == (HUNG, b"turned\n")
