"""Reads the bodies of requests: of bounded size, in bounded time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from serving.problems import Problem

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

LOOKS = 4
"""How often within the time allowed it is looked who is late."""


HEARD_OUT = 16
"""So many times too long a body is still read to its end, and forgotten: who is cut
short while sending does not see the answer."""


class Bodies:
    """Those being read in one event loop; one timer serves them all."""

    def __init__(self, *, most_bytes: int, seconds: float) -> None:
        self._most_bytes, self._seconds = most_bytes, seconds
        self._due: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._is_looking = False

    async def read(self, receive: Receive) -> bytes:
        """The body of a request.

        Raises
        ------
        Problem
            413 if it is too long, 408 if it takes too long, 400 if it ends early.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a body is read within a task")
        if not self._is_looking:
            self._look()
        self._due[task] = time.monotonic() + self._seconds
        try:
            return await self._read(receive)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            seconds = f"{self._seconds:g} seconds"
            raise Problem(408, f"expected the body within {seconds}") from None
        finally:
            del self._due[task]
            self._late.discard(task)

    async def _read(self, receive: Receive) -> bytes:
        parts, n_bytes, is_whole = [], 0, False
        while not is_whole:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Problem(400, "the request ended before its body did")
            part = message.get("body", b"")
            n_bytes += len(part)
            is_whole = not message.get("more_body", False)
            if n_bytes <= self._most_bytes:
                parts.append(part)
            elif is_whole or n_bytes > self._most_bytes * HEARD_OUT:
                raise Problem(413, f"expected at most {self._most_bytes} bytes")
            else:
                parts.clear()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _look(self) -> None:
        """Wake up who waited too long; look again while anybody may be waiting."""
        now = time.monotonic()
        for task, due in self._due.items():
            if due <= now:
                self._late.add(task)
                task.cancel()
        self._is_looking = True
        pause = self._seconds / LOOKS
        asyncio.get_running_loop().call_later(pause, self._look)
