"""Our server: how it is started, asked, told to serve something else, and looked at."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality import ROOT
from benchmarks.serving.prepared import MODEL, Customer, Prepared
from benchmarks.serving.processes import Program, free_port
from benchmarks.serving.requests import Request, json_request
from churn.scoring.release import Mode, Served
from serving.active import StateFolder, read_workers
from serving.keys import add_key

HERE = "127.0.0.1"
SWITCH_SECONDS = 20.0


@dataclass(frozen=True)
class Ours:
    """One worker that checks keys, keeps a log and has its state below a folder."""

    folder: Path
    port: int
    headers: Mapping[str, str]

    @property
    def program(self) -> Program:
        """The command, and what tells that it is ready."""
        told = {
            "release": self.folder / "releases" / f"{MODEL}.json",
            "state": self.folder / "state",
            "keys": self.folder / "keys.json",
            "port": self.port,
            "workers": 1,
        }
        options = [part for k, v in told.items() for part in (f"--{k}", str(v))]
        return Program(
            command=[sys.executable, "-m", "serving", *options],
            ready_url=f"http://{HERE}:{self.port}/health/ready",
            environment={},
            folder=ROOT,
        )

    def ask(self, customers: Sequence[Customer], query: str = "") -> Request:
        """One customer plainly, several as a list."""
        rows = [_row(customer) for customer in customers]
        body = rows[0] if len(rows) == 1 else {"customers": rows}
        url = f"http://{HERE}:{self.port}/predict{query}"
        return json_request(url, body, self.headers)

    def serve(
        self, prepared: Prepared, mode: Mode, champion: Served | None = None
    ) -> None:
        """Name in the release what is to be served from now on."""
        prepared.release(self.folder / "releases", mode, champion=champion)

    def wait_for(self, challenger: str | None) -> None:
        """Wait until the worker serves with this challenger, or with none."""
        deadline = time.monotonic() + SWITCH_SECONDS
        while time.monotonic() < deadline:
            if any(w.challenger == challenger for w in self._workers()):
                return
            time.sleep(0.05)
        msg = f"expected the challenger {challenger}, found {self._workers()}"
        raise RuntimeError(msg)

    def worker(self) -> int:
        """The process that answers."""
        return self._workers()[0].pid

    def _workers(self) -> Sequence[Any]:
        return read_workers(StateFolder(self.folder / "state"))


def ours(folder: Path) -> Ours:
    """A server to be started in an empty folder, with a new key and a free port."""
    key = add_key(
        folder / "keys.json", "benchmark", scopes=["predict"], expires_at=None
    )
    return Ours(folder, free_port(), {"X-API-Key": key})


def _row(customer: Customer) -> dict[str, Any]:
    return {
        "customer_id": customer.customer_id,
        "customer_value": customer.customer_value,
        "values": dict(customer.values),
    }
