"""Seldon's real wrapper and client, from their own environment, against our server."""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from churn.scoring.release import Served
from storage.predictions.record import Feedback, Prediction
from storage.predictions.tail import Tail
from tests.conftest import CHECKOUT
from tests.model_servers import free_port
from tests.serving.running import RunningServer
from tests.serving.served import CUSTOMER, FORMAT_1, shop
from tests.serving.small_bundles import publish, release_of, small_bundle

SELDON = CHECKOUT / ".venv-seldon" / "bin"
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not SELDON.exists(), reason="make test-all sets up .venv-seldon"
    ),
]
# Not as a module: a package of Seldon's environment calls itself tests.
SESSION = CHECKOUT / "tests/serving/seldon/client_session.py"
TOLERANCE = 1e-6
WORTH = "customer_value"


@pytest.fixture(scope="module", params=["trained", "small"])
def model(request, tmp_path_factory):
    """A bundle with the names and rows it is asked with."""
    if request.param == "trained":
        names = [*CUSTOMER, WORTH]
        rows = [[*CUSTOMER.values(), worth] for worth in (0.0, 840.0, 5_000.0)]
        return Served("1", str(FORMAT_1), shop().bundle_sha256), names, rows
    folder = tmp_path_factory.mktemp("small") / "bundle"
    rows = [[tenure, 840.0] for tenure in (-3.0, 0.25, 2.0, 50.0)]
    return small_bundle(folder, 1.0), ["tenure", WORTH], rows


@pytest.fixture(scope="module")
def ours(model, tmp_path_factory):
    """Our server with this bundle."""
    folder = tmp_path_factory.mktemp("ours")
    release = publish(folder, release_of(model[0], sequence=1))
    with RunningServer(folder / "state", "--release", str(release)) as server:
        server.serving(1)
        yield server


@pytest.fixture(scope="module")
def theirs(model, tmp_path_factory):
    """Seldon's microservice around our wrapper, as Seldon's image starts it."""
    bundle, port = model[0], free_port()
    parameters = {"model_uri": bundle.bundle_uri, "version": bundle.version}
    given = [{"name": n, "value": v, "type": "STRING"} for n, v in parameters.items()]
    ports = {"http": port, "grpc": free_port(), "metrics": free_port()}
    said = (tmp_path_factory.mktemp("theirs") / "said.txt").open("w+")
    process = subprocess.Popen(
        [
            SELDON / "seldon-core-microservice",
            "serving.seldon.wrapper.ChurnModel",
            "--service-type=MODEL",
            f"--parameters={json.dumps(given)}",
            *(f"--{kind}-port={number}" for kind, number in ports.items()),
        ],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "GUNICORN_WORKERS": "1"},
        stdout=said,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait_until_up(port, process, said)
        yield f"http://127.0.0.1:{port}"
    finally:
        # Its main process leaves children behind when it is asked to end.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said.close()


def _wait_until_up(port, process, said):
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{port}/health/status"
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    said.seek(0)
    pytest.fail(f"seldon-core-microservice did not start: {said.read()[-2000:]}")


def _post(url, message, path="/api/v1.0/predictions"):
    request = urllib.request.Request(
        url + path, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def _numbers(message):
    data = message["data"]
    table = data.get("ndarray") or [data["tensor"]["values"]]
    return [value for row in table for value in row]


def _messages(model):
    _, names, rows = model
    yield {"data": {"names": names, "ndarray": rows}, "meta": {"puid": "p1"}}
    if not any(isinstance(value, str) for row in rows for value in row):
        values = [value for row in rows for value in row]
        shape = [len(rows), len(names)]
        yield {"data": {"names": names, "tensor": {"shape": shape, "values": values}}}


@pytest.mark.parametrize("path", ["/api/v1.0/predictions", "/predict"])
def test_seldons_wrapper_and_our_server_answer_the_same(model, ours, theirs, path):
    for message in _messages(model):
        status, expected = ours.ask("POST", path, message)
        found_status, found = _post(theirs, message, path)

        assert (found_status, status) == (200, 200), found
        assert found["data"]["names"] == expected["data"]["names"]
        assert _numbers(found) == pytest.approx(_numbers(expected), abs=TOLERANCE)
        assert found["meta"]["tags"] == expected["meta"]["tags"]


def test_seldons_wrapper_refuses_what_our_server_refuses(model, ours, theirs):
    _, names, rows = model
    for data in (
        {"names": [*names[:-1], "nonsense"], "ndarray": rows},
        {"names": names, "ndarray": [rows[0][:-1]]},
        {"names": names, "ndarray": []},
    ):
        status, _ = ours.ask("POST", "/predict", {"data": data})
        found_status, found = _post(theirs, {"data": data})

        assert 400 <= status < 500
        assert (found_status, found["status"]["status"]) == (status, 1)


def test_the_wrapper_says_which_version_it_holds(model, theirs):
    with urllib.request.urlopen(f"{theirs}/health/status", timeout=20) as answer:
        content = json.loads(answer.read())

    assert content["jsonData"] == {"model_version": model[0].version}


def test_seldons_client_understands_our_server(model, ours):
    _, names, rows = model
    row = rows[1]
    url = f"127.0.0.1:{ours.status.port}"

    done = subprocess.run(
        [
            SELDON / "python",
            SESSION,
            url,
            json.dumps(names),
            json.dumps(row),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    _, answer = ours.ask(
        "POST", "/predict", {"data": {"names": names, "ndarray": [row]}}
    )
    expected = _numbers(answer)
    for kind in told.keys() - {"refused", "feedback"}:
        assert told[kind]["success"], told[kind]
        assert _numbers(told[kind]["response"]) == pytest.approx(
            expected, abs=TOLERANCE
        )
    assert told["raw"]["response"]["meta"]["puid"] == "one"
    assert not told["refused"]["success"]
    assert told["feedback"]["success"], told["feedback"]
    records = Tail(ours.state.log).poll(10_000)
    truths = [r.truth for r in records if isinstance(r, Feedback)]
    assert truths == [1.0]
    assert "one" in {r.request_id for r in records if isinstance(r, Prediction)}
