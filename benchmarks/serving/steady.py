"""Requests at a constant rate, whatever the server does.

A request's time counts from when it was due, not from when a connection was free for
it: a server that stalls is charged for all who wait (Tene's coordinated omission,
which wrk and hey leave out). wrk2 does the same, but is packaged nowhere.
"""

import gc
import re
import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.serving.requests import Request

LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
CHUNKED = re.compile(rb"^transfer-encoding: *chunked", re.IGNORECASE | re.MULTILINE)
CLOSED = re.compile(rb"^connection: *close", re.IGNORECASE | re.MULTILINE)
OK = re.compile(rb"HTTP/1\.[01] 200 ")
MOST_BYTES = 1 << 18
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Steady:
    """Seconds from due to answered, in order of the answers, and how many failed."""

    seconds: NDArray[np.float64]
    n_failed: int

    def percentile_ms(self, percent: float) -> float:
        """The so many-th percentile in milliseconds; infinite without any answer."""
        if not len(self.seconds):
            return float("inf")
        return float(np.percentile(self.seconds, percent)) * 1e3


def steady_load(
    request: Request, *, rate: float, seconds: float, connections: int
) -> Steady:
    """Send ``rate`` requests per second over so many connections."""
    n_requests = max(1, int(rate * seconds))
    with _no_garbage_collection():
        # Its clock starts now: collecting took a good part of a second.
        sender = _Sender(request, rate=rate, n_requests=n_requests, n=connections)
        deadline = time.perf_counter() + seconds + PATIENCE_SECONDS
        while not sender.is_done and time.perf_counter() < deadline:
            sender.turn()
    return sender.end()


class _Sender:
    """Requests that are due, waiting for a connection, or sent and not answered."""

    def __init__(
        self, request: Request, *, rate: float, n_requests: int, n: int
    ) -> None:
        self._wire, self._rate, self._n_requests = request.wire, rate, n_requests
        self._free = deque(_Connection(request.address) for _ in range(n))
        self._busy: set[_Connection] = set()
        self._waiting: deque[float] = deque()
        self._took: list[float] = []
        self._n_due = self._n_failed = 0
        self._started = time.perf_counter()

    @property
    def is_done(self) -> bool:
        """Whether all are answered."""
        return len(self._took) == self._n_requests

    def turn(self) -> None:
        """Send what is due, then receive until the next one is."""
        while self._n_due < self._n_requests and self._pause() <= 0:
            self._waiting.append(self._started + self._n_due / self._rate)
            self._n_due += 1
        while self._waiting and self._free:
            connection = self._free.popleft()
            connection.send(self._wire, due=self._waiting.popleft())
            self._busy.add(connection)
        for connection in select.select(self._busy, (), (), max(0.0, self._pause()))[0]:
            if connection.receive():
                self._took.append(time.perf_counter() - connection.due)
                self._n_failed += not connection.is_ok
                self._busy.remove(connection)
                self._free.append(connection)

    def end(self) -> Steady:
        """Hang up; who was not answered by now failed."""
        for connection in (*self._free, *self._busy):
            connection.close()
        n_left = self._n_requests - len(self._took)
        return Steady(np.array(self._took), self._n_failed + n_left)

    def _pause(self) -> float:
        """Seconds until the next request is due; a while where there is none."""
        if self._n_due == self._n_requests:
            return 1.0
        return self._started + self._n_due / self._rate - time.perf_counter()


class _Connection:
    """A socket and what it waits for; made anew where the server closes it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.due = 0.0
        self._received = bytearray()
        self._address = address
        self._socket: socket.socket | None = None

    @property
    def is_ok(self) -> bool:
        """Whether the last answer is complete and says so."""
        return is_complete(self._received) and OK.match(self._received) is not None

    def fileno(self) -> int:
        """What ``select`` looks at."""
        return -1 if self._socket is None else self._socket.fileno()

    def send(self, wire: bytes, *, due: float) -> None:
        """Ask; a connection that has to be made first takes its time from this."""
        self._received.clear()
        self.due = due
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(wire)

    def receive(self) -> bool:
        """Whether no more is to be expected."""
        part = self._socket.recv(MOST_BYTES) if self._socket else b""
        self._received += part
        is_whole = is_complete(self._received)
        if not part or (is_whole and CLOSED.search(self._received)):
            self.close()
        return is_whole or not part

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def is_complete(received: bytes | bytearray) -> bool:
    """Whether these bytes are a whole answer of HTTP/1.1."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end]
    length = LENGTH.search(head)
    if length is not None:
        return len(received) >= end + 4 + int(length[1])
    if CHUNKED.search(head) is None:
        msg = f"expected an answer of known length, found {bytes(head)!r}"
        raise ValueError(msg)
    return received.endswith(b"\r\n0\r\n\r\n")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Its pauses would be taken for the server's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
