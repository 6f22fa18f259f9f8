"""Small files by address: a folder, or ``s3://BUCKET/PATH``.

A file appears whole or not at all, and its version changes with its content. Endpoint,
region and keys of a bucket come from the variables ``AWS_*``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from churn.errors import ConfigError, HoldfastError


class ObjectError(HoldfastError):
    """A store of files is out of reach, or refuses what was asked of it."""


class MissingObjectError(ObjectError):
    """There is no such file."""


@dataclass(frozen=True)
class Object:
    """A file's content, and the version by which a change is noticed."""

    content: bytes
    version: str


@dataclass(frozen=True)
class Listed:
    """A file below an address: its path from there, and its size."""

    path: str
    n_bytes: int


class Objects(Protocol):
    """The files below one address; paths are relative to it, parts joined by ``/``.

    Each method raises an ``ObjectError`` where the store cannot be used.
    """

    @property
    def address(self) -> str:
        """What to show of it; never a key."""

    def get(self, path: str, *, most_bytes: int | None = None) -> Object:
        """A file.

        Raises
        ------
        MissingObjectError
        ObjectError
            Also if it is larger than ``most_bytes``: then nothing is read.
        """

    def version(self, path: str) -> str | None:
        """The version of a file, without reading it; None if there is none."""

    def put(self, path: str, content: bytes) -> str:
        """Make this a file's content, whatever was there; returns its version."""

    def put_if(self, path: str, content: bytes, version: str | None) -> str | None:
        """Make this the content if the version is still this one (None: no file).

        Returns
        -------
        str or None
            The version now; None if the file is another by now, and was left. One
            with this very content already is what was asked for.
        """

    def list(self, prefix: str = "") -> list[Listed]:
        """The files in this folder of the address and below it, sorted."""

    def delete(self, path: str) -> None:
        """Remove a file; that there is none is fine."""


def open_objects(url: str, *, environ: Mapping[str, str]) -> Objects:
    """The files below an address; nothing is asked of the store yet.

    Raises
    ------
    ConfigError
        If the address is of another kind.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme == "file":
        from storage.folder_objects import FolderObjects

        return FolderObjects(url.removeprefix("file://"))
    if scheme == "s3" and rest:
        from storage.bucket_objects import BucketObjects

        return BucketObjects(url.rstrip("/"), environ)
    # What stands before the host may be a password.
    raise ConfigError(
        f"an address of files: expected a folder or s3://BUCKET/PATH, found {scheme}://"
    )


def check_path(path: str) -> str:
    """Refuse a path that could lead out of its address, or to files that are ours.

    Raises
    ------
    ObjectError
    """
    if any(part.startswith(".") or not part for part in path.split("/")):
        raise ObjectError(f"expected the path of a file, found {path!r}")
    return path
