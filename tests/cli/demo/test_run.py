"""The story told for real: kept, told again, interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cli.demo.stage import MARK
from tests.parsed_page import ParsedPage

CHECKOUT = Path(__file__).resolve().parents[3]
CODE = """
import sys
from pathlib import Path
from cli.demo.run import CHAPTERS, run_demo
folder, keep, *titles = sys.argv[1:]
chapters = [one for one in CHAPTERS if one[0] in titles]
sys.exit(run_demo(Path(folder), keep=keep == "keep", chapters=chapters))
"""


def told(folder, keep, *titles):
    command = [sys.executable, "-c", CODE, str(folder), keep, *titles]
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def processes_of(folder):
    """Whatever still runs in the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


def interrupted(running):
    """Ctrl-C, as a terminal sends it; what it said after."""
    os.kill(running.pid, signal.SIGINT)
    return running.communicate(timeout=120)[0]


@pytest.mark.long
def test_a_story_that_is_kept_goes_on_until_the_next_one_begins(tmp_path):
    folder = tmp_path / "demo"
    first = told(folder, "keep", "A first model")
    said, _ = first.communicate(timeout=600)
    assert first.returncode == 0, said
    assert "python run.py server stop" in said
    assert "leaked" not in said
    page = ParsedPage((folder / "story.html").read_text())
    (link,) = [link.attributes["href"] for link in page.all("a")]
    assert (folder / link).stat().st_size > 1_000
    assert "As promised" in page.text
    assert processes_of(folder / "home" / "servers")

    second = told(folder, "no", "A first model")
    try:
        assert any("A first model" in line for line in second.stdout)
        interrupted(second)
    finally:
        second.kill()

    assert processes_of(folder) == []
    assert {path.name for path in folder.iterdir()} <= {MARK, "demo.log"}


@pytest.mark.long
def test_an_interruption_while_customers_ask_leaves_nothing_running(tmp_path):
    folder = tmp_path / "demo"
    running = told(folder, "no", "A first model", "A leak")
    try:
        until = time.monotonic() + 600
        while not (folder / "answers.jsonl").exists():
            assert running.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
        interrupted(running)
    finally:
        running.kill()

    assert running.returncode != 0
    assert processes_of(folder) == []
    assert not (folder / "home").exists()
