"""Customers who ask the server, at a constant rate whatever it does; a program.

``python -m cli.demo.asking URL REQUESTS ANSWERS RATE`` posts the lines of the file
REQUESTS in turn, RATE a second, and writes a line of JSON for each to ANSWERS: when it
was due, how long after that it was answered, with what status and by which version. It
ends when its standard input does, so it never outlives who started it. A request that
is lost is not sent again, and is told as lost.
"""

import contextlib
import itertools
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TextIO

CONNECTIONS = 4
TIMEOUT_SECONDS = 10.0


@dataclass
class Asking:
    """Connections that take turns at one schedule."""

    address: str
    bodies: list[bytes]
    rate: float
    answers: TextIO
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    turns: "itertools.count[int]" = field(default_factory=itertools.count)
    started: float = field(default_factory=time.time)

    def run(self) -> None:
        """Ask until there is nobody left who listens."""
        threads = [threading.Thread(target=self._ask) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self.ended.set()
        for thread in threads:
            thread.join()

    def _ask(self) -> None:
        connection = HTTPConnection(self.address, timeout=TIMEOUT_SECONDS)
        with contextlib.closing(connection):
            while not self.ended.is_set():
                turn = next(self.turns)
                due = self.started + turn / self.rate
                if self.ended.wait(max(0.0, due - time.time())):
                    return
                self._tell(due, *self._answered(connection, turn))

    def _answered(self, connection: HTTPConnection, turn: int) -> tuple[str, str]:
        """The status, or what went wrong instead, and the version that answered."""
        body = self.bodies[turn % len(self.bodies)]
        headers = {"Content-Type": "application/json"}
        try:
            connection.request("POST", "/predict", body, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            return type(error).__name__, ""
        return str(answer.status), str(found.get("model_version", ""))

    def _tell(self, due: float, status: str, version: str) -> None:
        told = {
            "at": round(due, 4),
            "seconds": round(time.time() - due, 5),
            "status": status,
            "version": version,
        }
        with self.lock:
            self.answers.write(json.dumps(told) + "\n")
            self.answers.flush()


def main(url: str, requests: str, answers: str, rate: str) -> None:
    """Read what is to be asked, then ask."""
    bodies = Path(requests).read_bytes().splitlines()
    with Path(answers).open("w", encoding="utf-8") as file:
        Asking(url.removeprefix("http://"), bodies, float(rate), file).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
