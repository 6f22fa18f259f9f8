"""The story told for real: small, kept, told again, interrupted."""

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
from dataclasses import replace
from pathlib import Path
from cli.demo.plot import USUAL
from cli.demo.run import CHAPTERS, run_demo
folder, keep, *titles = sys.argv[1:]
plot = replace(USUAL, n_customers=6_000)
chapters = [one for one in CHAPTERS if one[0] in titles]
sys.exit(run_demo(Path(folder), keep=keep == "keep", plot=plot, chapters=chapters))
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


@pytest.mark.long
def test_a_story_that_is_kept_goes_on_until_the_next_one_which_leaves_a_page(tmp_path):
    folder = tmp_path / "demo"
    first = told(folder, "keep", "A first model")
    said, _ = first.communicate(timeout=600)
    assert first.returncode == 0, said
    assert "python run.py server stop" in said
    assert len(processes_of(folder / "home" / "servers")) > 1

    second = told(folder, "no", "A first model", "A night")
    said, _ = second.communicate(timeout=600)

    assert second.returncode == 0, said
    assert processes_of(folder) == []
    left = {path.name for path in folder.iterdir()}
    assert left == {MARK, "demo.log", "reports", "story.html"}
    page = ParsedPage((folder / "story.html").read_text())
    links = [link.attributes["href"] for link in page.all("a")]
    assert len(links) == 3
    assert all((folder / link).stat().st_size > 1_000 for link in links)
    assert "As promised" in page.text


@pytest.mark.long
def test_an_interruption_leaves_nothing_running(tmp_path):
    folder = tmp_path / "demo"
    running = told(folder, "no", "A first model", "A leak")
    try:
        until = time.monotonic() + 600
        while not (folder / "answers.jsonl").exists():
            assert running.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
        os.kill(running.pid, signal.SIGINT)
        running.communicate(timeout=120)
    finally:
        running.kill()

    assert running.returncode != 0
    assert processes_of(folder) == []
    assert not (folder / "home").exists()
