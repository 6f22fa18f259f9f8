"""A real Redis from Debian's package, in a folder of its own."""

import contextlib
from collections.abc import Iterator

from tests.storage.servers import binary, free_port, own_folder, running


@contextlib.contextmanager
def redis_server(*options: str, port: int | None = None) -> Iterator[int]:
    """Run Redis until the block ends and yield its port; skip where it is absent."""
    daemon, port = binary("redis-server"), port or free_port()
    with own_folder() as folder:
        command = [daemon, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        with running([*command, *options], port, folder):
            yield port
