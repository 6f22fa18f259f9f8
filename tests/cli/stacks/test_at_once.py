"""Two people, one ZenML server: nobody sees a traceback, a double, or half of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.staging.zenml_server import ZenmlServer, zenml_server
from tests.storage.servers import mariadb

CHECKOUT = Path(__file__).resolve().parents[3]
# The settings differ in every part that is written one by one.
APPLIER = """
import os, sys
from pathlib import Path
from churn.errors import HoldfastError
from cli.stacks.apply import apply_stack
from cli.stacks.file import load_stack
root = Path(sys.argv[1])
stack = load_stack("ours", root=root, environ=os.environ)
try:
    apply_stack(stack, root=root)
except HoldfastError as error:
    sys.exit(f"error: {error}")
"""
STACK = """
server: "${SERVER}"
components:
  orchestrator: {flavor: local}
  artifact_store: {flavor: local, configuration: {path: "/srv/${WHO}"}}
  alerter: {flavor: holdfast_file, configuration: {path: "/srv/${WHO}.jsonl"}}
environment: {WHO: "${WHO}"}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, str]]:
    """A server for all of them, as variables of its clients."""
    with mariadb() as database, zenml_server(database) as running:
        told: ZenmlServer = running
        yield {
            "ZENML_STORE_URL": told.url,
            "ZENML_STORE_API_KEY": told.api_key(),
            "SERVER": told.url,
        }


def _person(folder: Path, who: str, server: dict[str, str]) -> subprocess.Popen[str]:
    """Start applying, in a checkout and with a ZenML configuration of one's own."""
    (folder / "configs" / "stacks").mkdir(parents=True)
    (folder / "configs" / "stacks" / "ours.yaml").write_text(STACK)
    (folder / "steps").mkdir()
    mine = {"ZENML_CONFIG_PATH": str(folder / "zenml"), "WHO": who}
    environ = {**os.environ, **server, **mine, "PYTHONPATH": str(CHECKOUT)}
    environ.pop("ZENML_REPOSITORY_PATH", None)
    return subprocess.Popen(
        [sys.executable, "-c", APPLIER, str(folder)],
        env=environ,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _asked(server: dict[str, str], what: str) -> list[dict[str, object]]:
    """What the server has of ours, by its own answer."""
    from urllib.parse import urlencode
    from urllib.request import Request, urlopen

    api = f"{server['SERVER']}/api/v1"
    key = urlencode({"password": server["ZENML_STORE_API_KEY"]}).encode()
    with urlopen(f"{api}/login", key) as answer:
        token = json.load(answer)["access_token"]
    asked = Request(f"{api}/{what}", headers={"Authorization": f"Bearer {token}"})
    with urlopen(asked) as answer:
        items: list[dict[str, object]] = json.load(answer)["items"]
    return items


@pytest.mark.server
@pytest.mark.parametrize("others", [("ann", "ann"), ("bob", "eve")])
def test_two_who_apply_at_once_end_with_one_whole_stack(server, tmp_path, others):
    people = [_person(tmp_path / str(n), who, server) for n, who in enumerate(others)]

    told = [(one.communicate(timeout=200), one.returncode) for one in people]

    assert all("Traceback" not in err for (_, err), _ in told), told
    assert all("error: " in err for (_, err), code in told if code)
    assert any(code == 0 for _, code in told)
    if others[0] == others[1]:
        assert all(code == 0 for _, code in told), told
    hydrated = "?hydrate=true&name=startswith:holdfast-ours"
    (stack,) = _asked(server, f"stacks{hydrated}")
    whose = stack["metadata"]["environment"]["WHO"]
    parts = _asked(server, f"components{hydrated}")
    assert sorted(part["name"] for part in parts) == [
        "holdfast-ours-holdfast_file",
        "holdfast-ours-local",
        "holdfast-ours-local",
    ]
    paths = {part["metadata"]["configuration"].get("path") for part in parts}
    assert paths == {None, f"/srv/{whose}", f"/srv/{whose}.jsonl"}
    assert _asked(server, "tags") == []
