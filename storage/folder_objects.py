"""Files in a folder of this machine, or of a disk that several share."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.objects import Listed, MissingObjectError, Object, ObjectError, check_path


class FolderObjects:
    """Files below a folder, each replaced by a rename once it is on the disk."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    @property
    def address(self) -> str:
        """The folder."""
        return str(self._folder)

    def get(self, path: str, *, most_bytes: int | None = None) -> Object:
        """A file, and when and where it was written as its version."""
        with self._told(path), self._at(path).open("rb") as file:
            status = os.fstat(file.fileno())
            if most_bytes is not None and status.st_size > most_bytes:
                raise ObjectError(
                    f"{self.address}/{path}: expected at most {most_bytes:,} bytes, "
                    f"found {status.st_size:,}"
                )
            return Object(file.read(), _version(status))

    def version(self, path: str) -> str | None:
        """The version of a file; None if there is none."""
        try:
            with self._told(path):
                return _version(self._at(path).stat())
        except MissingObjectError:
            return None

    def put(self, path: str, content: bytes) -> str:
        """Write beside it, then rename."""
        with self._told(path):
            return self._put(self._at(path), content)

    def put_if(self, path: str, content: bytes, version: str | None) -> str | None:
        """Compare and rename, one writer at a time."""
        with self._told(path), _alone(self._at(path)):
            found = self.version(path)
            if found == version:
                return self._put(self._at(path), content)
            if found is None or self.get(path).content != content:
                return None
            return found

    def list(self, prefix: str = "") -> list[Listed]:
        """Files whose names and folders begin with no dot."""
        top = self._at(prefix) if prefix else self._folder
        with self._told(prefix):
            return sorted(self._below(top), key=lambda listed: listed.path)

    def delete(self, path: str) -> None:
        """Remove a file, if it is there."""
        with self._told(path):
            self._at(path).unlink(missing_ok=True)

    def _at(self, path: str) -> Path:
        return self._folder / check_path(path)

    def _below(self, top: Path) -> Iterator[Listed]:
        for path in top.rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            # One may be removed by another meanwhile.
            with suppress(FileNotFoundError):
                if path.is_file() and "/." not in f"/{name}":
                    yield Listed(name, path.stat().st_size)

    def _put(self, path: Path, content: bytes) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                version = _version(os.fstat(file.fileno()))
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return version

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise MissingObjectError(f"{self.address}/{path}: no such file") from None
        except OSError as error:
            raise ObjectError(f"{self.address}/{path}: {error.strerror}") from None


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns}-{status.st_ino}-{status.st_size}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
