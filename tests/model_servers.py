"""A stub in the manner of our server, and clients that count what is lost."""

import contextlib
import json
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from churn.deployment import Deployment
from flavors.model_deployer.local.generations import Plan, Record
from flavors.model_deployer.local.processes import Identity
from flavors.model_deployer.local.servers import LocalServers

STUB = Path(__file__).resolve().parent / "flavors/model_deployer/local/stub_server.py"
MODEL = "churn-stub"
GONE = Identity(2**22 - 1, 0.0)
PLAN = Plan(
    command=("true",),
    fingerprint="f",
    host="127.0.0.1",
    port=1,
    ready_within_seconds=1,
    drain_within_seconds=1,
    stop_within_seconds=1,
)


def written(place, condition, *, keeper=GONE):
    """A generation as its keeper left it: one that is gone, unless another is told."""
    made = place.newest()
    made.begin(PLAN)
    made.tell(
        Record(condition=condition, keeper=keeper, server=None, n_restarts=0, reason="")
    )
    return made


def local_servers(folder, *, program=(sys.executable, str(STUB)), **options):
    """Servers of the stub program, patient enough for a busy machine."""
    return LocalServers(
        folder=folder,
        host="127.0.0.1",
        first_port=free_port(),
        program=program,
        options={"name": "blue", **options},
        code=folder / "code",
        ready_within_seconds=30,
        drain_within_seconds=5,
        stop_within_seconds=10,
    )


def deployment(model=MODEL, **variables):
    """A model whose release nobody reads."""
    return Deployment(model, "/nowhere", None, variables)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(url, path="/", *, body=None):
    """The JSON that a server answers, on a connection of its own."""
    asked = HTTPConnection(url.removeprefix("http://"), timeout=10)
    with contextlib.closing(asked):
        headers = {"Content-Type": "application/json"}
        asked.request("GET" if body is None else "POST", path, body, headers)
        return json.loads(asked.getresponse().read())


@contextmanager
def load(url, *, path="/", body=b"{}", n_clients=8, is_keeping_alive=True):
    """Clients that ask without pause until the end; yields the counter of outcomes.

    They never try again: what is lost is counted as lost.
    """
    outcomes, ended = Counter(), threading.Event()
    arguments = (url, path, body, outcomes, ended, is_keeping_alive)
    clients = [
        threading.Thread(target=_client, args=arguments) for _ in range(n_clients)
    ]
    for client in clients:
        client.start()
    try:
        yield outcomes
        time.sleep(0.3)
    finally:
        ended.set()
        for client in clients:
            client.join()


def _client(url, path, body, outcomes, ended, is_keeping_alive):
    asked = HTTPConnection(url.removeprefix("http://"), timeout=10)
    while not ended.is_set():
        try:
            asked.request("POST", path, body, {"Content-Type": "application/json"})
            found = asked.getresponse()
            found.read()
            outcomes[found.status] += 1
        except OSError as error:
            outcomes[type(error).__name__] += 1
            asked.close()
        if not is_keeping_alive:
            asked.close()
    asked.close()
