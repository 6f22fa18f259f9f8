import subprocess
import sys
from pathlib import Path

from serving.arms import ArmCounter, ArmCounts, forget_others, totals
from tests.conftest import CHECKOUT


def test_what_each_arm_did_is_seen_from_outside(tmp_path: Path):
    counter = ArmCounter(tmp_path, canary=7)
    for failed, slow in [(False, False), (True, False), (True, True)]:
        counter.add("challenger", failed, slow)
    counter.add("champion", False, True)

    found = totals(tmp_path, 7)

    assert found == {"champion": ArmCounts(1, 0, 1), "challenger": ArmCounts(3, 2, 1)}


def test_several_workers_are_summed_and_a_killed_one_still_counts(tmp_path: Path):
    ArmCounter(tmp_path, canary=7).add("champion", False, False)
    code = (
        "import os, pathlib; from serving.arms import ArmCounter;"
        f"one = ArmCounter(pathlib.Path({str(tmp_path)!r}), canary=7);"
        "[one.add('champion', True, False) for _ in range(5)];"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert totals(tmp_path, 7)["champion"] == ArmCounts(6, 5, 0)


def test_another_canary_starts_from_nothing_and_the_old_one_is_removed(tmp_path: Path):
    old, new = ArmCounter(tmp_path, canary=7), ArmCounter(tmp_path, canary=9)
    old.add("challenger", True, True)
    new.add("challenger", False, False)

    forget_others(tmp_path, 9)

    assert totals(tmp_path, 9)["challenger"] == ArmCounts(1, 0, 0)
    assert totals(tmp_path, 7)["challenger"] == ArmCounts()
    old.add("challenger", True, True)


def test_without_a_canary_no_file_is_made(tmp_path: Path):
    ArmCounter(tmp_path, canary=0).add("champion", True, True)

    assert list(tmp_path.iterdir()) == []
