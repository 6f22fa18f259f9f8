"""Servers of this machine's loopback as pods reach them: the same port elsewhere.

What a connection carries is passed on untouched, by a process of its own:
``python -m tests.cluster.forwarding HOST PORT ...``.
"""

import asyncio
import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping

from tests.conftest import CHECKOUT

LOOPBACK = re.compile(r"\b127\.0\.0\.1:(\d+)\b")
CHUNK = 2**16


@contextlib.contextmanager
def forwarded(environ: Mapping[str, str], host: str) -> Iterator[dict[str, str]]:
    """The variables with ``host`` in place of loopback, while the block runs."""
    ports = {port for value in environ.values() for port in LOOPBACK.findall(value)}
    command = [sys.executable, "-m", __name__, host, *sorted(ports)]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield {
            name: LOOPBACK.sub(rf"{host}:\1", value) for name, value in environ.items()
        }
    finally:
        process.terminate()
        process.communicate()


async def forward(host: str, ports: list[int]) -> None:
    """Listen at these ports of ``host`` for as many of 127.0.0.1, until the end."""
    servers = [await _listen(host, port) for port in ports]
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _listen(host: str, port: int) -> asyncio.Server:
    # The loop alone would let go of them in the middle of a connection.
    kept: set[asyncio.Task[None] | None] = set()

    async def pass_on(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        kept.add(task := asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(OSError):
            answered, passed = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(passed):
                await asyncio.gather(_copy(reader, passed), _copy(answered, writer))
        kept.discard(task)

    return await asyncio.start_server(pass_on, host, port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    # The other direction may still have something to say.
    writer.write_eof()


if __name__ == "__main__":
    asyncio.run(forward(sys.argv[1], [int(port) for port in sys.argv[2:]]))
