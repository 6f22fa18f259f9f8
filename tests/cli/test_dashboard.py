import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from churn.errors import HoldfastError
from cli.dashboard import Page, _free_port, _interruptible, _serving, _wait_for_answer

CHECKOUT = Path(__file__).resolve().parents[2]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.yaml"))
    }


@pytest.mark.zenml
@pytest.mark.server
def test_dashboards_answer_and_end_with_one_interrupt(clean_zenml, tmp_path):
    from zenml.client import Client

    active = Client().active_stack_model.name
    config = _files(tmp_path / "zenml")
    busy = socket.create_server(("127.0.0.1", 0))
    taken = busy.getsockname()[1]
    command = [sys.executable, "run.py", "dashboard", "--zenml-port", str(taken)]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}

    with busy, subprocess.Popen(command, cwd=CHECKOUT, **pipe) as process:
        lines = [process.stdout.readline() for _ in range(3)]
        urls = [re.search(r"http://\S+", line)[0] for line in lines[:2]]
        pages = [urllib.request.urlopen(url, timeout=5).read() for url in urls]
        stacks = urllib.request.urlopen(f"{urls[0]}/api/v1/stacks", timeout=5).read()
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()

    assert process.returncode == 0
    assert rest == ""
    assert "ZenML" in lines[0]
    assert "MLflow" in lines[1]
    assert b"<title>ZenML" in pages[0]
    assert b"<title>MLflow" in pages[1]
    assert active.encode() in stacks
    ports = [int(url.rpartition(":")[2]) for url in urls]
    assert ports[0] > taken
    assert len(children) >= 2
    assert not [child for child in children if child.is_running()]
    assert all(_is_free(port) for port in ports)
    assert _files(tmp_path / "zenml") == config


def test_free_port_is_the_next_one_when_the_first_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken = busy.getsockname()[1]

        assert _free_port(taken) > taken


def test_server_that_ends_while_starting_is_reported_with_its_log(tmp_path):
    page = Page("Broken page", "http://127.0.0.1:1", ["no_such_module"], {})

    with (
        pytest.raises(HoldfastError, match=r"Broken page ended .*broken\.log"),
        _serving(page, tmp_path) as process,
    ):
        _wait_for_answer(page, process, tmp_path)

    assert "no_such_module" in (tmp_path / "broken.log").read_text()


def test_server_that_ignores_termination_is_killed_with_its_children(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("cli.dashboard.STOP_SECONDS", 0.2)
    (tmp_path / "stubborn.py").write_text(
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "os.fork()\n"
        "time.sleep(60)\n"
    )
    page = Page("Stubborn", "http://127.0.0.1:1", ["stubborn"], {})

    with _serving(page, tmp_path) as process:
        leader = psutil.Process(process.pid)
        while not leader.children():
            time.sleep(0.05)
        (child,) = leader.children()

    assert process.returncode == -signal.SIGKILL
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_termination_leaves_the_block_like_an_interrupt(number):
    before = signal.getsignal(number)
    reached = []

    with _interruptible():
        reached.append("inside")
        os.kill(os.getpid(), number)
        reached.append("never")

    assert reached == ["inside"]
    assert signal.getsignal(number) == before
