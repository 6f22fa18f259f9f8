"""A request that is asked again and again."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECONDS = 30
MOST_SAID = 300


@dataclass(frozen=True)
class Request:
    """A POST of a JSON body."""

    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect to."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)

    @property
    def wire(self) -> bytes:
        """The bytes as HTTP/1.1 sends them."""
        parts = urlsplit(self.url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines = [
            f"POST {target} HTTP/1.1",
            f"Host: {parts.netloc}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            f"Content-Length: {len(self.body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def json_request(
    url: str, document: Any, headers: Mapping[str, str] | None = None
) -> Request:
    """Ask with a document."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Request(url, json.dumps(document).encode(), sent)


def answer(request: Request) -> Any:
    """Ask once and read what comes back as JSON.

    Raises
    ------
    OSError
        If there is no answer, or one that says the request failed.
    """
    asked = urllib.request.Request(  # noqa: S310 (the address is ours)
        request.url, request.body, dict(request.headers)
    )
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as response:  # noqa: S310
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(MOST_SAID).decode(errors="replace")
        raise OSError(f"{error.code}: {said.strip()}") from None
