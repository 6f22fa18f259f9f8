"""Full load on a server of small bundles, every answer checked; prints what it saw.

``python -m tests.serving.load PORT CONNECTIONS``; ends at SIGTERM.
"""

import asyncio
import json
import signal
import sys
import time
from collections import Counter

import msgspec
import uvloop

from tests.serving.running import asked
from tests.serving.small_bundles import expected

TENURES = (-2.0, -0.5, 0.7, 1.9)
TOLERANCE = 1e-6


class Seen:
    """What all connections saw."""

    def __init__(self) -> None:
        self.failed = 0
        self.mixed = 0
        self.versions: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.is_ended = False


class Connection(asyncio.Protocol):
    """Asks, checks the answer, asks again; every fourth request has three rows."""

    def __init__(self, seen: Seen, port: int) -> None:
        self.seen = seen
        one = [asked(tenure, f"c{tenure}") for tenure in TENURES[:3]]
        bodies = [*one, {"customers": [asked(t, f"c{t}") for t in TENURES[1:]]}]
        self.asked = [TENURES[:1], TENURES[1:2], TENURES[2:3], TENURES[1:]]
        self.requests = [request(body, port) for body in bodies]
        self.turn = 0
        self.buffer = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        """Begin."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the next request, or end."""
        if self.seen.is_ended:
            self.transport.close()
            return
        self.turn = (self.turn + 1) % len(self.requests)
        self.began = time.perf_counter()
        self.transport.write(self.requests[self.turn])

    def data_received(self, data: bytes) -> None:
        """Check a whole answer."""
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.buffer = b""
        self.seen.seconds.append(time.perf_counter() - self.began)
        self.check(head, body)
        self.ask()

    def check(self, head: bytes, body: bytes) -> None:
        """All rows of one version, and each that version's."""
        if not head.startswith(b"HTTP/1.1 200"):
            self.seen.failed += 1
            return
        predictions = msgspec.json.decode(body)["predictions"]
        versions = {one["model_version"] for one in predictions}
        self.seen.versions.update(versions)
        right = [
            abs(one["probability"] - answers(one["model_version"], tenure)) < TOLERANCE
            for one, tenure in zip(predictions, self.asked[self.turn], strict=True)
        ]
        if len(versions) != 1 or not all(right):
            self.seen.mixed += 1

    def connection_lost(self, _: Exception | None) -> None:
        """An end that nobody asked for is a failure."""
        if not self.seen.is_ended:
            self.seen.failed += 1
        self.done.set_result(None)


KNOWN: dict[tuple[str, float], float] = {}


def answers(version: str, tenure: float) -> float:
    """What a version says to a tenure."""
    if (version, tenure) not in KNOWN:
        KNOWN[version, tenure] = float(expected(float(version), tenure))
    return KNOWN[version, tenure]


def request(body: object, port: int) -> bytes:
    """The bytes of a request."""
    content = json.dumps(body).encode()
    return (
        b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (port, len(content), content)
    )


def tell(line: str) -> None:
    """Say it to whoever started this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def load(port: int, n_connections: int) -> Seen:
    """Load the server until told to stop."""
    seen, loop = Seen(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, setattr, seen, "is_ended", True)
    made = [
        await loop.create_connection(lambda: Connection(seen, port), "127.0.0.1", port)
        for _ in range(n_connections)
    ]
    tell("started")
    await asyncio.gather(*(connection.done for _, connection in made))
    return seen


def main() -> None:
    """Print what was seen as one line of JSON."""
    port, n_connections = map(int, sys.argv[1:])
    began = time.perf_counter()
    seen = uvloop.run(load(port, n_connections))
    seconds = sorted(seen.seconds)
    told = {
        "requests": len(seconds),
        "failed": seen.failed,
        "mixed": seen.mixed,
        "versions": dict(seen.versions),
        "per_second": round(len(seconds) / (time.perf_counter() - began)),
        "p50_ms": round(seconds[len(seconds) // 2] * 1e3, 2),
        "p99_ms": round(seconds[len(seconds) * 99 // 100] * 1e3, 2),
    }
    tell(json.dumps(told))


if __name__ == "__main__":
    main()
