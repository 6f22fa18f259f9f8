"""The server as an ASGI application: what every request has in common."""

import asyncio
import re
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Any

from churn.errors import HoldfastError
from serving.bodies import Bodies, Receive
from serving.exchange import Reply, Request, as_problem
from serving.keys import KeyFile
from serving.metrics import Requests
from serving.problems import Problem
from serving.recording import Recorder
from serving.routes import Route, Routes
from serving.saying import say
from serving.settings import Settings
from storage.predictions.writer import LogFullError

Scope = MutableMapping[str, Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")
TICK_SECONDS = 1.0
# Whoever replaces this server makes this file in its state folder: clients are then
# asked to connect anew, so that none sends a request into a connection that ends.
DRAINING = "draining"
CLOSE = (b"connection", b"close")


class Application:
    """Finds the route, checks the key, reads the body, answers, and counts."""

    def __init__(
        self,
        settings: Settings,
        routes: Routes,
        recorder: Recorder,
        keys: KeyFile | None,
    ) -> None:
        self._routes, self._keys = routes, keys
        self._bodies = Bodies(
            most_bytes=settings.most_body_bytes, seconds=settings.request_seconds
        )
        self._log = recorder.log
        self._requests = Requests()
        self._prefix = token_hex(6)
        self._numbers = count(1)
        self._is_ticking = False
        self._draining = Path(settings.state) / DRAINING
        self._is_draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _others(scope, receive, send)
            return
        if not self._is_ticking:
            self._tick()
        headers = dict(scope["headers"])
        request_id = self._request_id(headers)
        name, began = "none", time.perf_counter()
        try:
            route = self._routes.find(scope["path"], scope["method"])
            name = route.name
            request = await self._request(route, scope, headers, receive, request_id)
            began = request.began
            reply: Reply = await route.handler(request)
        except Exception as error:  # noqa: BLE001 (whatever happened is an answer)
            reply = self._failed(error, scope["path"], request_id)
        if self._is_draining and scope["http_version"] != "2":
            reply = reply._replace(headers=(*reply.headers, CLOSE))
        await _send(send, reply, request_id, is_head=scope["method"] == "HEAD")
        self._requests.count(name, reply.status, time.perf_counter() - began)

    async def _request(
        self,
        route: Route,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
        request_id: str,
    ) -> Request:
        if route.scope is not None and self._keys is not None:
            self._keys.check(headers, route.scope)
        body = b""
        if route.media:
            _check_media(route, headers)
            body = await self._bodies.read(receive)
        return Request(
            path=scope["path"],
            query=scope["query_string"],
            headers=headers,
            body=body,
            request_id=request_id,
            began=time.perf_counter(),
        )

    def _tick(self) -> None:
        """Close a segment of the log in time, also where no further request comes."""
        self._is_ticking = True
        self._log.rotate_if_due()
        self._is_draining = self._draining.exists()
        asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _request_id(self, headers: Mapping[bytes, bytes]) -> str:
        given = headers.get(b"x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given):
            return given.decode()
        return f"{self._prefix}-{next(self._numbers)}"

    def _failed(self, error: Exception, path: str, request_id: str) -> Reply:
        if isinstance(error, LogFullError):
            problem = Problem(503, str(error))
        elif isinstance(error, Problem):
            problem = error
        else:
            is_ours = isinstance(error, HoldfastError)
            say(str(error) if is_ours else "".join(traceback.format_exception(error)))
            problem = Problem(500, "the request could not be answered; try again later")
        # Open Inference's clients look for a member of this name.
        more = {"error": problem.detail} if path.startswith("/v2") else {}
        return as_problem(problem, request_id, **more)


async def _send(send: Send, reply: Reply, request_id: str, *, is_head: bool) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [
                (b"content-type", reply.media),
                (b"x-request-id", request_id.encode()),
                *reply.headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"" if is_head else reply.body})


async def _others(scope: Scope, receive: Receive, send: Send) -> None:
    """A lifespan is acknowledged; a websocket is not accepted."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _check_media(route: Route, headers: Mapping[bytes, bytes]) -> None:
    media = headers.get(b"content-type")
    if media is not None and media not in route.media:
        essence = media.partition(b";")[0].strip().lower()
        if essence not in route.media:
            expected = route.media[0].decode()
            raise Problem(415, f"expected Content-Type: {expected}")
    if b"content-encoding" in headers:
        raise Problem(415, "expected a body without Content-Encoding")
