"""One request and its reply, as the handlers see them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from serving.problems import PROBLEM_JSON, Problem

JSON = b"application/json"
_encoder = msgspec.json.Encoder()


class Request:
    """A request whose body was read; ``began`` is when, by ``time.perf_counter``."""

    __slots__ = ("began", "body", "headers", "path", "query", "request_id")

    def __init__(
        self,
        *,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        request_id: str,
        began: float,
    ) -> None:
        self.path, self.query, self.headers = path, query, headers
        self.body, self.request_id, self.began = body, request_id, began


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    media: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


def as_json(value: Any, *, status: int = 200) -> Reply:
    """A reply of JSON."""
    return Reply(status, _encoder.encode(value))


def as_problem(problem: Problem, request_id: str, **members: str) -> Reply:
    """A reply of problem+json, with members that a protocol adds."""
    body = _encoder.encode(problem.document(request_id) | members)
    return Reply(problem.status, body, PROBLEM_JSON, problem.headers)
