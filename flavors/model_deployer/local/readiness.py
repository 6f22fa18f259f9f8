"""Which processes of a server are ready, where a predecessor may share their port.

The kernel chooses who answers: several connections are made at once, and an answer
counts for whoever gave it.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException

import psutil

from flavors.model_deployer.local import steering

PROBE_SECONDS = 2.0
PROBES = 8
OK = 200


@contextmanager
def asking(host: str, port: int) -> Iterator[dict[int, HTTPConnection]]:
    """Connections to whoever listens at the port, by the port of our end."""
    with contextlib.ExitStack() as opened:
        made = {}
        for _ in range(PROBES):
            one = HTTPConnection(host, port, timeout=PROBE_SECONDS)
            opened.callback(one.close)
            with contextlib.suppress(OSError):
                one.connect()
                made[one.sock.getsockname()[1]] = one
        yield made


def ready_among(
    processes: Sequence[psutil.Process], asked: Mapping[int, HTTPConnection]
) -> set[int]:
    """Those of these processes that took one of the connections and say so."""
    held = steering.holders(processes, asked)
    first = {pid: asked[port] for port, pid in held.items()}
    return {pid for pid, one in first.items() if _says_ready(one)}


def _says_ready(connection: HTTPConnection) -> bool:
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
