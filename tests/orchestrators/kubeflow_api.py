"""A recorder in place of Kubeflow's API: it takes every run and runs none itself.

It answers what kfp's client asks, and keeps what was submitted. ``run`` says how a
submitted pipeline ends, and may take its time; until then it is told to be running.
"""

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

VERSION = {"tag_name": "2.4.0", "multi_user": False}
EXPERIMENT = {"experiment_id": "e1", "display_name": "Default", "namespace": "kubeflow"}


@dataclass
class KubeflowApi:
    """What was submitted, newest last, and where."""

    run: Callable[[dict[str, Any]], str]
    url: str = ""
    submitted: list[dict[str, Any]] = field(default_factory=list)
    ends: list["Future[str]"] = field(default_factory=list)
    runner: ThreadPoolExecutor = field(default_factory=ThreadPoolExecutor)

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any] | None:
        """What the API would say; None: there is nothing at this path."""
        *_, kind, last = path.partition("?")[0].split("/")
        if last == "healthz":
            return VERSION
        if "experiments" in (kind, last):
            listed = method == "GET" and last == "experiments"
            return {"experiments": [EXPERIMENT]} if listed else EXPERIMENT
        if (method, last) == ("POST", "runs"):
            self.submitted.append(json.loads(body))
            pipeline = self.submitted[-1]["pipeline_spec"]
            self.ends.append(self.runner.submit(self.run, pipeline))
            return self._told(len(self.submitted))
        return self._told(int(last)) if kind == "runs" else None

    def _told(self, number: int) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        end = self.ends[number - 1]
        state = "RUNNING" if not end.done() else "FAILED"
        if end.done() and end.exception() is None:
            state = end.result()
        given = {**self.submitted[number - 1], "run_id": str(number), "state": state}
        return {**given, "created_at": now, "finished_at": now}


def succeeded(_pipeline: dict[str, Any]) -> str:
    """Say that it ran, which it did not."""
    return "SUCCEEDED"


@contextlib.contextmanager
def kubeflow_api(
    run: Callable[[dict[str, Any]], str] = succeeded, *, host: str = "127.0.0.1"
) -> Iterator[KubeflowApi]:
    """Answer on a free port of this machine until the block ends."""
    api = KubeflowApi(run)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            found = api.answer(self.command, self.path, body)
            told = json.dumps(found or {}).encode()
            status = HTTPStatus.NOT_FOUND if found is None else HTTPStatus.OK
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = _answer  # noqa: N815 (http.server's names)

    server = ThreadingHTTPServer((host, 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    api.url = f"http://{host}:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        api.runner.shutdown()
