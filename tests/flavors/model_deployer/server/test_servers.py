"""A server that somebody else runs, as a small HTTP server that is told what to say."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread, Timer

import pytest

from churn.deployment import Deployer, Deployment, DeploymentError
from churn.scoring.release import Release, Served
from flavors.model_deployer.server.servers import RunElsewhere
from tests.model_servers import free_port

MODEL = "churn-shop"
KEY = "hf_sesame"


def release(sequence):
    champion = Served("7", "s3://bucket/7", "a" * 64)
    return Release(MODEL, sequence, "b" * 64, champion, None, "live", 0.0)


def serving(sequence, *, model=MODEL, version="7", refusal=None):
    """What `GET /release` answers."""
    champion = {"version": version, "bundle_sha256": "a" * 64}
    return {
        "serving": {"model": model, "sequence": sequence, "champion": champion},
        "supervisor": {"refusal": refusal},
    }


@contextmanager
def answering(told, *, key=None):
    """Serve whatever ``told`` holds at that moment; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith("/health/ready"):
                status, content = told.get("ready", 200), b"{}"
            elif key is not None and self.headers["X-API-Key"] != key:
                status, content = 401, b"{}"
            else:
                status, content = 200, json.dumps(told["release"]).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def elsewhere(url, *, key=None, seconds=0.5):
    return RunElsewhere(url=url, key=lambda: key, ready_within_seconds=seconds)


def deployment(wanted):
    return Deployment(MODEL, "s3://bucket/releases", wanted, {})


def test_it_is_a_deployer():
    assert isinstance(elsewhere("http://h"), Deployer)


def test_a_server_that_follows_the_release_is_deployed_already():
    with answering({"release": serving(9)}) as url:
        state = elsewhere(url).deploy(deployment(release(9)))

    assert (state.condition, state.url, state.reason) == ("ready", url, "")


def test_a_server_that_is_ahead_of_the_release_is_fine():
    with answering({"release": serving(10)}) as url:
        assert elsewhere(url).deploy(deployment(release(9))).condition == "ready"


def test_without_a_release_any_ready_server_will_do():
    with answering({"release": serving(1)}) as url:
        assert elsewhere(url).deploy(deployment(None)).condition == "ready"


def test_a_server_that_follows_a_moment_later_is_waited_for():
    told = {"release": serving(8)}
    with answering(told) as url:
        Timer(0.5, lambda: told.update(release=serving(9))).start()

        state = elsewhere(url, seconds=20).deploy(deployment(release(9)))

    assert state.condition == "ready"


def test_a_server_that_stays_behind_is_told_with_what_it_serves():
    with (
        answering({"release": serving(8, version="6")}) as url,
        pytest.raises(DeploymentError) as error,
    ):
        elsewhere(url).deploy(deployment(release(9)))

    assert str(error.value) == (
        f"after 0.5 s: {url} serves version 6 of event 8, expected event 9; see that "
        "it follows stores.release of this stack"
    )


def test_why_a_server_refused_the_release_is_told():
    refusal = {"sequence": 9, "part": "release", "reason": "model.onnx: wrong sha256"}
    with (
        answering({"release": serving(8, refusal=refusal)}) as url,
        pytest.raises(DeploymentError, match="refused event 9: model.onnx: wrong"),
    ):
        elsewhere(url).deploy(deployment(release(9)))


def test_a_server_of_another_model_is_told_apart():
    with (
        answering({"release": serving(99, model="churn-bank")}) as url,
        pytest.raises(DeploymentError, match="serves churn-bank, expected churn-"),
    ):
        elsewhere(url).deploy(deployment(release(9)))


def test_a_server_that_loaded_nothing_yet_is_not_ready():
    nothing = {"serving": None, "supervisor": None}
    with answering({"release": nothing, "ready": 503}) as url:
        with pytest.raises(DeploymentError, match="is not ready; see that it follows"):
            elsewhere(url).deploy(deployment(release(9)))

        assert elsewhere(url).state(MODEL).condition == "starting"


def test_nobody_at_the_address_is_said_in_one_line():
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(DeploymentError, match=r"nobody answers at .*refused") as error:
        elsewhere(url).deploy(deployment(release(9)))

    assert "\n" not in str(error.value)
    assert elsewhere(url).state(MODEL).condition == "failing"


def test_something_else_at_the_address_is_told_apart():
    with (
        answering({"release": ["a", "shop"]}) as url,
        pytest.raises(DeploymentError, match="not as a model server does"),
    ):
        elsewhere(url).deploy(deployment(release(9)))


def test_the_key_is_given_to_a_server_that_asks_for_one():
    with answering({"release": serving(9)}, key=KEY) as url:
        assert elsewhere(url, key=KEY).deploy(deployment(release(9))).url == url

        with pytest.raises(DeploymentError, match="answered 401; give the stack a key"):
            elsewhere(url).deploy(deployment(release(9)))


def test_each_model_has_an_address_of_its_own():
    with answering({"release": serving(9)}) as url:
        state = elsewhere(f"{url}/{{name}}").state(MODEL)

    assert state.url == f"{url}/{MODEL}"


def test_what_others_run_is_not_stopped():
    with pytest.raises(DeploymentError, match="stopped where it is run"):
        elsewhere("http://h").stop(MODEL)
