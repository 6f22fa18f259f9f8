import json
import mmap
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from churn.scoring.bundle import open_bundle, signed
from churn.scoring.keys import SIGNING_KEY, TRUSTED_KEYS, key_pair, signing_key
from serving import trial

GOOD = Path(__file__).parents[1] / "bundles" / "format-1"


def altered(folder: Path) -> Path:
    shutil.copytree(GOOD, folder)
    content = bytearray((folder / "model.onnx").read_bytes())
    content[100] ^= 1
    (folder / "model.onnx").write_bytes(content)
    return folder


def ask(*folders: str, **variables: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "serving.trial", *folders],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (not all(a["ok"] for a in answers), "")
    return answers


@pytest.mark.server
def test_a_line_tells_of_each_folder_and_the_exit_code_of_all(tmp_path: Path) -> None:
    folders = [str(GOOD), str(altered(tmp_path / "bad")), str(tmp_path / "nowhere")]

    good, bad, nowhere = ask(*folders)

    assert good == {"folder": folders[0], "ok": True, "reason": None}
    assert (bad["folder"], bad["ok"]) == (folders[1], False)
    assert "model.onnx" in bad["reason"]
    assert "the file was altered" in bad["reason"]
    assert "No such file" in nowhere["reason"]


def test_without_arguments_folders_are_read_from_its_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "serving.trial"],
        input=f"{GOOD}\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert json.loads(done.stdout) == {"folder": str(GOOD), "ok": True, "reason": None}
    assert done.returncode == 0


@pytest.mark.server
def test_where_keys_are_trusted_the_bundle_must_bear_one_of_them(
    tmp_path: Path,
) -> None:
    private, public = key_pair()
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "ours.pub.pem").write_bytes(public)
    (tmp_path / "another.pub.pem").write_bytes(key_pair()[1])
    key = signing_key({SIGNING_KEY: f"file:{tmp_path / 'key.pem'}"})
    folder = tmp_path / "signed"
    folder.mkdir()
    for name, content in signed(open_bundle(GOOD), key).files.items():
        (folder / name).write_bytes(content)

    ours, unsigned = ask(
        str(folder), str(GOOD), **{TRUSTED_KEYS: str(tmp_path / "ours.pub.pem")}
    )
    (strangers,) = ask(str(folder), **{TRUSTED_KEYS: str(tmp_path / "another.pub.pem")})

    assert ours["ok"]
    assert "expected a signed bundle" in unsigned["reason"]
    assert "expected a signature by one of" in strangers["reason"]


def test_addresses_its_reader_had_before_are_not_held_against_a_bundle() -> None:
    # As OpenBLAS reserves it for its threads on a machine of many processors.
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS

    with mmap.mmap(-1, 4 * 2**30, flags=flags, prot=mmap.PROT_READ):
        assert trial.refusal(GOOD, trusted=None) is None


def hangs() -> None:
    time.sleep(60)


def burns() -> None:
    while True:
        pass


def eats_memory() -> None:
    held = bytearray(4 * 2**30)
    held[-1] = 1


def crashes() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def writes() -> None:
    Path("left behind").write_text("x")


def leaves() -> None:
    os._exit(0)


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (hangs, "expected an answer within 0.3 s, found none"),
        (burns, "SIG(XCPU|KILL)|expected an answer within 0.3 s"),
        (eats_memory, "found MemoryError"),
        (crashes, "ends its reader: SIGKILL"),
        (writes, "File too large"),
        (leaves, "found one that ends its reader"),
    ],
)
def test_what_a_bundle_does_to_its_reader_is_the_reason_against_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    harm: Callable[[], Any],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trial, "open_bundle", lambda *_args, **_options: harm())
    monkeypatch.setattr(trial, "WALL_SECONDS", 0.3)

    found = trial.refusal(GOOD, trusted=None)

    assert found is not None
    assert re.search(reason, found)


def test_what_a_library_prints_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    before = os.dup(1)
    monkeypatch.setattr(
        trial, "open_bundle", lambda *_args, **_options: os.write(1, b"!")
    )

    os.dup2(writer, 1)
    try:
        trial.refusal(GOOD, trusted=None)
    finally:
        os.dup2(before, 1)
        os.close(before)
        os.close(writer)

    with os.fdopen(reader, "rb") as said:
        assert said.read() == b""
