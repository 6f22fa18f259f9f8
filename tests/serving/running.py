"""A real server in a process of its own, and a client for it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from serving.active import (
    Active,
    StateFolder,
    Status,
    read_active,
    read_observation,
    read_status,
    read_workers,
)
from tests.conftest import CHECKOUT

START_SECONDS = 30.0
Found = TypeVar("Found")


class RunningServer:
    """``python -m serving`` with a state folder; ended, whatever happens."""

    def __init__(self, state: Path, *options: str, **environ: str) -> None:
        self.state = StateFolder(state)
        self._options = options
        self._environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HOLDFAST_")},
            **environ,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, forget: bool = True) -> None:
        """Start it; it may not be ready yet. ``forget`` what an earlier one said."""
        self._said = (self.state.path.parent / "said.txt").open("ab")
        options = ["--state", str(self.state.path), "--port", "0", *self._options]
        if forget:
            self.state.status.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serving", *options],
            cwd=CHECKOUT,
            env=self._environ,
            stderr=self._said,
        )

    def stop(self) -> int:
        """End it as a service manager does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._said.close()
        return code

    @property
    def said(self) -> str:
        """What it told so far, since its first start."""
        return (self.state.path.parent / "said.txt").read_text()

    @property
    def status(self) -> Status:
        """What its supervisor knows."""
        return wait_for(lambda: read_status(self.state))

    @property
    def active(self) -> Active:
        """What it serves."""
        return wait_for(lambda: read_active(self.state))

    def serving(self, sequence: int, *, workers: int = 1) -> Active:
        """Wait until every worker serves the newest change of this release."""

        def found() -> Active | None:
            active = read_active(self.state)
            if active is None or active.sequence != sequence:
                return None
            there = [w.revision for w in read_workers(self.state)]
            ready = there.count(active.revision) >= workers
            return active if ready and self.is_ready() else None

        return wait_for(found)

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Status and parsed answer of one request on a connection of its own."""
        status = read_status(self.state)
        if status is None:
            raise ConnectionError("not started")
        connection = http.client.HTTPConnection("127.0.0.1", status.port, timeout=20)
        try:
            content = None if body is None else json.dumps(body)
            kind = {"Content-Type": "application/json"} if content else {}
            connection.request(method, path, content, {**kind, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()
        is_json = "json" in (answer.getheader("content-type") or "")
        return answer.status, json.loads(text) if is_json else text

    def predict(self, tenure: float, customer: str = "c1") -> dict[str, Any]:
        """The prediction for one customer."""
        status, answer = self.ask("POST", "/predict", asked(tenure, customer))
        assert status == 200, answer
        (prediction,) = answer["predictions"]
        return prediction

    @property
    def workers(self) -> list[int]:
        """Process ids of the workers that serve."""
        return [worker.pid for worker in read_workers(self.state)]

    @property
    def observer(self) -> int:
        """Process id of the observer."""
        found = read_observation(self.state)
        if found is None or not Path(f"/proc/{found.pid}").exists():
            return 0
        return found.pid


def asked(tenure: float, customer: str = "c1") -> dict[str, Any]:
    """The body of a request for one customer of the small model."""
    return {
        "customer_id": customer,
        "customer_value": 840.0,
        "values": {"tenure": tenure},
    }


def wait_for(look: Callable[[], Found | None], seconds: float = START_SECONDS) -> Found:
    """What a look finds, once it finds something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")
