"""Answers at once, whatever is asked: what generator and machine take by themselves.

python -m benchmarks.serving.rivals.echo PORT
"""

import asyncio
import sys
from typing import Any

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Echo(asyncio.Protocol):
    """One connection; each request of ours comes in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write to."""
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer without reading."""
        _ = data
        self.transport.write(ANSWER)


async def serve(port: int) -> None:
    """Until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
