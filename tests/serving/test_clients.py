"""Clients that others wrote, on a server in a process of its own."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from churn.scoring.release import Served
from serving.keys import add_key
from tests.conftest import CHECKOUT
from tests.serving.running import RunningServer
from tests.serving.served import CUSTOMER, FORMAT_1, shop
from tests.serving.small_bundles import MODEL, publish, release_of

CLIENTS = CHECKOUT / ".venv-clients" / "bin"
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not CLIENTS.exists(), reason="make test-all sets up .venv-clients"
    ),
]


def running(folder: Path, champion: Served) -> tuple[RunningServer, str]:
    """A server with keys, and a key of everything but pushing a release."""
    keys = folder / "keys.json"
    key = add_key(keys, "tester", scopes=["predict", "metrics"], expires_at=None)
    release = publish(folder, release_of(champion, sequence=1))
    options = ["--release", str(release), "--keys", str(keys)]
    return RunningServer(folder / "state", *options), key


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[RunningServer, str]]:
    champion = Served("1", str(FORMAT_1), shop().bundle_sha256)
    server, key = running(tmp_path, champion)
    with server:
        server.serving(1)
        yield server, key


def test_schemathesis_finds_nothing(served):
    server, key = served
    url = f"http://127.0.0.1:{server.status.port}/openapi.json"
    options = ["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"]
    few = ["-n", "25", "--seed", "1", "--no-color", "--warnings", "off"]

    done = subprocess.run(
        [
            CLIENTS / "schemathesis",
            "run",
            url,
            "-H",
            f"X-API-Key: {key}",
            *options,
            *few,
        ],
        cwd=server.state.path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout[-4000:]


def test_an_open_inference_client_and_prometheus_understand_us(served):
    server, key = served
    url = str(server.status.port)
    row = CUSTOMER | {"customer_value": 840.0}

    done = subprocess.run(
        [CLIENTS / "python", "-m", "tests.serving.triton_session", url, key, MODEL],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    values = {name: value for name, value in row.items() if name != "customer_value"}
    body = {"customer_value": 840.0, "values": values}
    _, ours = server.ask("POST", "/predict", body, **{"X-API-Key": key})
    expected = ours["predictions"][0]["probability"]
    assert all(found[word] for word in ("live", "ready", "model_ready"))
    assert set(found["inputs"]) == {*CUSTOMER, "customer_id", "customer_value"}
    assert found["json"][0] == found["binary"][0] == expected
    assert "nearest is visits" in found["error"]
    assert {"holdfast_requests", "holdfast_model_info"} <= set(found["families"])
