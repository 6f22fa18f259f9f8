"""The release of each model as a file that servers follow, in a folder or a bucket.

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
from storage.objects import MissingObjectError, ObjectError, Objects, open_objects

RELEASE_URL = "HOLDFAST_RELEASE_URL"
FORMAT_VERSION = 1
MOST_BYTES = 2**20
PROBE = ".writable"


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
    if _is_bucket(environ):
        return _write_object(release, environ)
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
    if _is_bucket(environ):
        _check_bucket(model, environ)
        return
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
    if _is_bucket(environ):
        return release_at(f"{_address(environ)}/{model}.json", environ=environ)
    return _read(_path(model, environ))


def readable_release(model: str, *, environ: Mapping[str, str]) -> Release | None:
    """A model's release; None also where it is broken, which the next one replaces.

    Raises
    ------
    ConfigError
    """
    try:
        return read_release(model, environ=environ)
    except ReleaseError:
        return None


def release_at(address: str, *, environ: Mapping[str, str]) -> Release | None:
    """The release at an address: a file, or ``s3://BUCKET/KEY``; None if none is there.

    Raises
    ------
    ConfigError
        If the address is of another kind.
    ReleaseError
        If it is out of reach, or no release.
    """
    if "://" not in address:
        return _read(Path(address))
    folder, _, name = address.rpartition("/")
    try:
        found = open_objects(folder, environ=environ).get(name, most_bytes=MOST_BYTES)
    except MissingObjectError:
        return None
    except ObjectError as error:
        raise ReleaseError(f"{address}: {error}") from None
    return parsed(found.content, where=address)


def parsed(content: bytes, *, where: str) -> Release:
    """A release from its bytes: every key known, none missing, this very format.

    Raises
    ------
    ReleaseError
        Naming ``where`` the bytes come from.
    """
    try:
        release = msgspec.json.decode(content, type=Release)
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReleaseError(f"{where}: expected a release, found {error}") from None
    if document != msgspec.json.decode(_encode(release)):
        raise ReleaseError(
            f"{where}: expected a release of format {FORMAT_VERSION} as the ledger "
            "wrote it, found another; delete it, the next run writes it anew"
        )
    return release


def _address(environ: Mapping[str, str]) -> str:
    address = environ.get(RELEASE_URL)
    if not address:
        raise ConfigError(f"{RELEASE_URL} is not set: the stack file names no release")
    return address.rstrip("/")


def _is_bucket(environ: Mapping[str, str]) -> bool:
    return "://" in _address(environ)


def _path(model: str, environ: Mapping[str, str]) -> Path:
    return Path(_address(environ)) / f"{model}.json"


def _bucket(environ: Mapping[str, str]) -> Objects:
    return open_objects(_address(environ), environ=environ)


def _check_bucket(model: str, environ: Mapping[str, str]) -> None:
    objects, probe = _bucket(environ), f"{model}{PROBE}"
    try:
        objects.put(probe, b"")
        objects.delete(probe)
    except ObjectError as error:
        raise _unwritable(objects, model, error) from None


def _write_object(release: Release, environ: Mapping[str, str]) -> bool:
    """Replace what was read, as long as nobody else did in between."""
    objects, name = _bucket(environ), f"{release.model}.json"
    try:
        while True:
            found, version = _found(objects, name)
            if found is not None and found.sequence > release.sequence:
                return False
            if found == release:
                return True
            if objects.put_if(name, _encode(release), version) is not None:
                return True
    except ObjectError as error:
        raise _unwritable(objects, release.model, error) from None


def _found(objects: Objects, name: str) -> tuple[Release | None, str | None]:
    """What is there and its version; a broken one counts as none."""
    try:
        there = objects.get(name, most_bytes=MOST_BYTES)
    except MissingObjectError:
        return None, None
    try:
        return parsed(there.content, where=name), there.version
    except ReleaseError:
        return None, there.version


def _unwritable(objects: Objects, model: str, error: ObjectError) -> ReleaseError:
    return ReleaseError(
        f"cannot write the release {objects.address}/{model}.json: {error}; "
        "stores.release of the stack must be a place in which files can be made"
    )


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
    return parsed(content, where=str(path))
