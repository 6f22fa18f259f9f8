"""Where somebody should listen, by host and port."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.doctor.finding import Unwell
from cli.stacks.addresses import schemeless

# To be let on the line at all; then, for a machine that has much to do, to answer.
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 10.0
PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}


@dataclass(frozen=True)
class Place:
    """Where somebody should listen."""

    host: str
    port: int
    has_tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def place_of(url: str) -> Place:
    """Where a URL leads; without its name and password."""
    fault = schemeless(url)
    if fault is not None:
        raise Unwell(*fault)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        scheme = url.partition("://")[0]
        raise Unwell(
            f"no host in this address of {scheme}", f"write {scheme}://HOST:PORT"
        )
    return Place(
        host, port or PORTS.get(parts.scheme, 0), parts.scheme in ("https", "rediss")
    )
