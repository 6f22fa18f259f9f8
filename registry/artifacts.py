"""What the active stack's artifact store holds at an address."""

import errno
import os

from zenml.io import fileio


def files_at(uri: str) -> dict[str, bytes]:
    """The content of each file at an address, by name; raises OSError if it is gone."""
    names = sorted(map(str, fileio.listdir(uri)))
    if not names:
        # Of a folder that is not there ZenML says that it is empty.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), uri)
    return {name: _read(f"{uri}/{name}") for name in names}


def _read(address: str) -> bytes:
    with fileio.open(address, "rb") as file:
        return bytes(file.read())
