"""`run.py models` as a process: a mistake is one line, and nothing is created."""

import os
import subprocess
import sys

import pytest

from cli.root import ROOT
from tests.ledger_histories import usual

MISTAKES = {
    "unknown version": (["show", "44"], 2, "no version 44 in the ledger; nearest is 4"),
    "unknown metric": (["list", "--metric", "acu>1"], 2, "nearest is auc"),
    "no instant": (["history", "--at", "noon"], 2, "--at 'noon' is no instant"),
    "unknown data set": (["list", "--dataset", "telko"], 2, "nearest is telco"),
    "unknown stack": (["list", "--stack", "lokal"], 2, "nearest is local"),
    "no reason": (["rollback"], 2, "Missing option '--reason'"),
    "never live": (
        ["rollback", "--to", "4", "--reason", "x"],
        1,
        'it was never live; `python run.py models promote 4 --reason "..."` instead',
    ),
    "live": (["archive", "2", "--reason", "x"], 1, "version 2 is live"),
}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run.py", "models", *words],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_changes_nothing(mistake, here):
    usual(here.model).write(here.store("ledger"))
    before = here.events()
    words, code, message = MISTAKES[mistake]

    done = run(*words)

    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 or "Usage: run.py" in done.stderr
    assert here.events() == before


def test_without_a_ledger_none_is_made(here):
    done = run("list")

    assert done.returncode == 1
    assert "the first training makes it" in done.stderr
    assert not (ROOT / here.stack.home).exists()
