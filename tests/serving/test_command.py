import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from serving.active import StateFolder
from serving.board import Board
from serving.command import main
from serving.settings import Settings
from serving.supervisor import _first_status
from tests.conftest import CHECKOUT

FOLLOWED = ["--release", "/nowhere/churn.json"]


def test_help_tells_every_option_with_its_default(capsys):
    code = main(["--help"])

    told = capsys.readouterr().out
    assert code == 0
    assert "--most-body-bytes BYTES" in told
    assert "[HOLDFAST_RELEASE_URL]" in told
    assert "[default: 8080]" in told


def test_a_state_that_cannot_be_written_is_one_line(tmp_path: Path, capsys):
    (tmp_path / "lock").mkdir()

    code = main([*FOLLOWED, "--state", str(tmp_path)])

    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith(f"error: --state: cannot write {tmp_path / 'lock'}: Is a ")
    assert len(said.splitlines()) == 1


def started(*_: object) -> None:
    raise AssertionError("it started")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--prot", "1"], "error: No such option '--prot'. (Did you mean one of"),
        (["--port", "x"], "error: --port: expected `int`, got `str`, found 'x'"),
        (["--full-disk", "x"], "error: --full-disk: expected refuse or serve, found"),
        (["surve"], "error: No such command 'surve'."),
        (["--release", "/releases"], "error: --release: expected a file MODEL.json"),
        (["--trusted-keys", "/nowhere"], "error: HOLDFAST_TRUSTED_KEYS: expected"),
        (["--keys", "/nowhere"], "error: /nowhere: no such file;"),
        (["--customer-key", "secret"], "error: HOLDFAST_CUSTOMER_KEY: expected file:"),
        (["--predictions", "ftp://x"], "error: an address of files: expected a folder"),
        (["--release", "ftp://x/m.json"], "error: an address of files: expected"),
        (["--online", "mongo://x"], "error: "),
        ([*FOLLOWED, "--host", "256.1.1.1"], "error: cannot listen at 256.1.1.1:"),
        ([], "error: --release: expected the release to follow, found none;"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments, told, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("serving.supervisor._prepare", started)
    code = main([*arguments, "--state", str(tmp_path / "state")])

    said = capsys.readouterr().err
    assert code == 2
    assert said.startswith(told)
    assert len(said.strip().splitlines()) == 1


def test_a_taken_port_is_refused(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setattr("serving.supervisor._prepare", started)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = ["--port", str(port), "--state", str(tmp_path / "state")]
        code = main([*FOLLOWED, *options])

    assert code == 2
    assert f"cannot listen at 127.0.0.1:{port}: Address already" in (
        capsys.readouterr().err
    )


def test_a_second_server_of_a_state_folder_is_told_of_the_first(
    tmp_path: Path, capsys, monkeypatch
):
    monkeypatch.setattr("serving.supervisor._prepare", started)
    settings = Settings(port=8123)
    Board(StateFolder(tmp_path), _first_status(settings), say=print)

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = main([*FOLLOWED, "--state", str(tmp_path)])

    said = capsys.readouterr().err
    assert code == 2
    assert f"a server already runs on port 8123 (process {os.getpid()}); ask" in said
    assert len(said.splitlines()) == 1


def test_a_key_is_shown_once_and_kept_as_its_hash(tmp_path: Path, capsys):
    keys = tmp_path / "keys.json"

    code = main(["keygen", "shop", "--keys", str(keys)])

    key = capsys.readouterr().out.strip()
    assert code == 0
    assert key.startswith("holdfast_")
    assert key not in keys.read_text()


def test_a_key_that_cannot_be_kept_is_one_line(tmp_path: Path, capsys):
    (tmp_path / "file").touch()

    code = main(["keygen", "shop", "--keys", str(tmp_path / "file" / "keys.json")])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err.startswith("error: cannot write ")
    assert len(said.err.splitlines()) == 1


def test_importing_the_program_as_a_worker_does_starts_nothing():
    done = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys, serving.__main__; print(sorted(sys.modules))",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "click" not in done.stdout
    assert "granian" not in done.stdout
