"""The release of each model as a file that servers follow.

A file appears whole or not at all, and an older release never replaces a newer one.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from churn.errors import ConfigError, HoldfastError
from churn.scoring.release import Release

RELEASE_URL = "HOLDFAST_RELEASE_URL"
FORMAT_VERSION = 1


class ReleaseError(HoldfastError):
    """A release file cannot be read or written, or is not as it was written."""


def write_release(release: Release, *, environ: Mapping[str, str]) -> bool:
    """Put a model's release where servers look for it; False if a newer is there.

    Raises
    ------
    ConfigError
        If the stack names no place for it.
    ReleaseError
        If it cannot be written there.
    """
    path = _path(release.model, environ)
    with _alone(path):
        there = _readable(path)
        if there is not None and there.sequence > release.sequence:
            return False
        if there == release:
            return True
        _draft(path, _encode(release)).replace(path)
    return True


def check_writable(model: str, *, environ: Mapping[str, str]) -> None:
    """See that a release could be written, while nothing yet depends on it.

    Raises
    ------
    ConfigError
        If the stack names no place for it.
    ReleaseError
        If none could be written there.
    """
    path = _path(model, environ)
    with _alone(path):
        _draft(path, b"").unlink()
        if path.is_dir():
            raise ReleaseError(f"{path}: expected a file, found a folder; move it away")


def read_release(model: str, *, environ: Mapping[str, str]) -> Release | None:
    """A model's release; None if there was never any.

    Raises
    ------
    ConfigError, ReleaseError
    """
    return _read(_path(model, environ))


def readable_release(model: str, *, environ: Mapping[str, str]) -> Release | None:
    """A model's release; None also where it is broken, which the next one replaces.

    Raises
    ------
    ConfigError
    """
    return _readable(_path(model, environ))


def _path(model: str, environ: Mapping[str, str]) -> Path:
    folder = environ.get(RELEASE_URL)
    if not folder:
        raise ConfigError(f"{RELEASE_URL} is not set: the stack file names no release")
    if "://" in folder:
        raise ConfigError(f"stores.release: expected a folder, found {folder}")
    return Path(folder) / f"{model}.json"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one writer at a time compare and replace; a killed one lets go."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise ReleaseError(
            f"cannot write the release {path}: {error.strerror}; stores.release of "
            "the stack must be a folder in which files can be made"
        ) from None


def _draft(path: Path, content: bytes) -> Path:
    """A file beside the release, written through to the disk."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _readable(path: Path) -> Release | None:
    """What is there; a broken file tells nothing, and the ledger's head replaces it."""
    try:
        return _read(path)
    except ReleaseError:
        return None


def _encode(release: Release) -> bytes:
    document = {"format_version": FORMAT_VERSION} | msgspec.to_builtins(release)
    return msgspec.json.format(msgspec.json.encode(document)) + b"\n"


def _read(path: Path) -> Release | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}") from None
    try:
        release = msgspec.json.decode(content, type=Release)
    except msgspec.DecodeError as error:
        raise ReleaseError(f"{path}: expected a release, found {error}") from None
    if _encode(release) != content:
        raise ReleaseError(
            f"{path}: expected a release of format {FORMAT_VERSION} as the ledger "
            "wrote it, found another; delete it, the next run writes it anew"
        )
    return release
