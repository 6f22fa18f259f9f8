"""Errors as RFC 9457 says them, naming the field that is wrong."""

from typing import Any

import msgspec

NOTHING = "no release is served yet; see /release"
UNKNOWN_MEMBER = "Object contains unknown field "
"""How msgspec begins to say so; the member's name follows, and is in no path."""
PROBLEM_JSON = b"application/problem+json"

TITLES = {
    400: "The request cannot be read",
    401: "No valid API key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request came too slowly",
    409: "The release does not follow the one served",
    413: "The request is too large",
    415: "The body is of another type",
    422: "Readable, but of no use here",
    500: "The server failed",
    503: "Not ready",
}


class Problem(Exception):  # noqa: N818 (RFC 9457's word)
    """Why a request is not answered: its status, one sentence, and the field."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field = status, detail, field
        self.headers = headers

    def document(self, request_id: str) -> dict[str, Any]:
        """Members of the problem; ``field`` only where one is to blame."""
        document: dict[str, Any] = {
            "type": f"/docs#problem-{self.status}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
        }
        return document | ({"field": self.field} if self.field else {})


def unreadable(error: Exception) -> Problem:
    """The problem with a body that msgspec refused; its own words, and the field."""
    if isinstance(error, UnicodeDecodeError):
        return Problem(400, "expected UTF-8, found other bytes")
    if isinstance(error, RecursionError):
        return Problem(400, "expected JSON of bounded depth, found a deeper one")
    if not isinstance(error, msgspec.ValidationError):
        return Problem(400, f"expected JSON: {error}")
    message, _, place = str(error).partition(" - at `")
    stranger = message.partition(UNKNOWN_MEMBER)[2].strip("` ")
    path = f"{place.removesuffix('`').partition('$')[2]}.{stranger}".strip(".")
    return Problem(400, _readable(message), field=path or None)


def _readable(message: str) -> str:
    return message[:1].lower() + message[1:].replace("`", "")
