"""Docker, a registry and our images in it, or why there are none."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.conftest import CHECKOUT

REGISTRY = "HOLDFAST_TEST_REGISTRY"
DOCKER = shutil.which("docker")
TAG = "HOLDFAST_TEST_IMAGES"
# BuildKit is more than an engine needs to have.
ENVIRON = {"DOCKER_BUILDKIT": "0", **os.environ}

# What XGBoost does when reasons are asked for, in a process that has nothing else.
REASONS = """
import numpy, xgboost
rows = xgboost.DMatrix(numpy.eye(8), label=numpy.arange(8) % 2)
trees = xgboost.train({"nthread": 1, "objective": "binary:logistic"}, rows, 4)
print(trees.predict(rows, pred_contribs=True).shape)
"""


def registry() -> str:
    """A registry with our images, or the test is skipped, saying what is missing."""
    if DOCKER is None or _docker("info").returncode != 0:
        pytest.skip("no Docker engine answers: start one, or set DOCKER_HOST")
    if not os.environ.get(REGISTRY):
        pytest.skip(f"{REGISTRY} not set: a registry that `make images` pushed to")
    return os.environ[REGISTRY]


def image(name: str) -> str:
    """One of our images, by the digest under which it can be pulled."""
    tag = os.environ.get(TAG) or _commit()
    tagged = f"{registry()}/{name}:{tag}"
    if _docker("pull", "--quiet", tagged).returncode != 0:
        pytest.skip(f"no image {tagged}: `ops/docker/build --push`, or set {TAG}")
    found = inspected(tagged)["RepoDigests"]
    return next(one for one in found if one.startswith(f"{registry()}/{name}@"))


def docker(*arguments: str, given: str | None = None) -> str:
    """What Docker says; an error is one of the test's."""
    done = _docker(*arguments, given=given)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def inspected(name: str) -> Any:
    """What Docker knows of an image or a container."""
    return json.loads(docker("inspect", name))[0]


@contextmanager
def running(
    image: str, *arguments: str, options: tuple[str, ...] = ()
) -> Iterator[str]:
    """A container without any right, on a file system that is read-only."""
    hardened = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")  # noqa: S108
    name = docker("run", "--detach", *hardened, *options, image, *arguments).strip()
    try:
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def address(container: str) -> str:
    """Where the containers' network has it."""
    networks = inspected(container)["NetworkSettings"]["Networks"].values()
    return str(next(iter(networks))["IPAddress"])


def answer(
    host: str, port: int, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and JSON, or None while nobody answers."""
    connection = HTTPConnection(host, port, timeout=10)
    content = None if body is None else json.dumps(body)
    method = headers.pop("method", "GET" if body is None else "POST")
    given = {"Content-Type": "application/json", **headers}
    try:
        connection.request(method, path, content, given)
        found = connection.getresponse()
        text = found.read()
    except OSError:
        return 0, None
    finally:
        connection.close()
    return found.status, json.loads(text) if text[:1] in b"{[" and text else text


def until(met: Callable[[], Any], *, seconds: float = 90.0) -> Any:
    """The first answer that is true."""
    deadline = time.monotonic() + seconds
    while not (found := met()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.3)
    return found


def free_port() -> int:
    """One that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _commit() -> str:
    """The tag that the images of this commit have."""
    asked = ["git", "rev-parse", "HEAD"]
    done = subprocess.run(
        asked, cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return done.stdout[:12]


def _docker(
    *arguments: str, given: str | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [DOCKER or "docker", *arguments],
        input=given,
        env=ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
