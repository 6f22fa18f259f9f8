"""Files in a bucket of S3 or of a store that speaks its language."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from storage.objects import Listed, MissingObjectError, Object, ObjectError, check_path

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import S3Config

# These must be said again where the environment is not the process's own.
SETTINGS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
)
CODE = re.compile(r"<Code>(\w{1,60})</Code>")
MOST_LETTERS = 200
SETTLE_SECONDS = 0.5


class _NoConditionError(ObjectError):
    """The store knows no conditional writes."""


class BucketObjects:
    """Files below ``s3://BUCKET/PATH``; the version is what the store calls ETag.

    Keys are asked for by the library, also those of a pod's role.
    """

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        self._url = url
        with self._told(""):
            self._store = S3Store.from_url(
                url,
                config=_settings(environ),
                client_options={
                    "allow_http": environ.get("AWS_ALLOW_HTTP", "").lower() == "true",
                    "connect_timeout": timedelta(seconds=3),
                    "timeout": timedelta(seconds=60),
                },
                retry_config={
                    "max_retries": 3,
                    "retry_timeout": timedelta(seconds=20),
                },
            )

    @property
    def address(self) -> str:
        """The bucket and the path."""
        return self._url

    def get(self, path: str, *, most_bytes: int | None = None) -> Object:
        """A file; of one too large only the size is looked at."""
        with self._told(path):
            found = obstore.get(self._store, check_path(path))
            if most_bytes is not None and found.meta["size"] > most_bytes:
                raise ObjectError(
                    f"{self.address}/{path}: expected at most {most_bytes:,} bytes, "
                    f"found {found.meta['size']:,}"
                )
            return Object(bytes(found.bytes()), str(found.meta["e_tag"]))

    def version(self, path: str) -> str | None:
        """The ETag of a file; None if there is none."""
        try:
            with self._told(path):
                return str(obstore.head(self._store, check_path(path))["e_tag"])
        except MissingObjectError:
            return None

    def put(self, path: str, content: bytes) -> str:
        """In one request, so that nothing half-sent is left behind."""
        return self._put(path, content, "overwrite")

    def put_if(self, path: str, content: bytes, version: str | None) -> str | None:
        """By If-None-Match or If-Match.

        Some stores (OpenStack Swift) lack If-Match and say so. There the version is
        compared first, and what was written is looked at again a moment later: who
        compared at the same time and wrote last stays, and the other learns of it.
        """
        try:
            return self._put(
                path, content, {"e_tag": version} if version is not None else "create"
            )
        except (AlreadyExistsError, PreconditionError):
            # A write may have been done though its answer was lost, and tried again.
            return self._version_of(path, content)
        except _NoConditionError:
            if self.version(path) != version:
                return self._version_of(path, content)
            self.put(path, content)
            time.sleep(SETTLE_SECONDS)
            return self._version_of(path, content)

    def list(self, prefix: str = "") -> list[Listed]:
        """All files below, whatever the number of pages they come in."""
        with self._told(prefix):
            pages = obstore.list(self._store, check_path(prefix) if prefix else None)
            found = [
                Listed(meta["path"], meta["size"]) for page in pages for meta in page
            ]
        return sorted(found, key=lambda listed: listed.path)

    def delete(self, path: str) -> None:
        """Remove a file; S3 does not mind that there is none."""
        try:
            with self._told(path):
                obstore.delete(self._store, check_path(path))
        except MissingObjectError:
            return

    def _put(self, path: str, content: bytes, mode: "PutMode") -> str:
        with self._told(path):
            put = obstore.put(
                self._store, check_path(path), content, mode=mode, use_multipart=False
            )
        return str(put["e_tag"])

    def _version_of(self, path: str, content: bytes) -> str | None:
        try:
            found = self.get(path)
        except MissingObjectError:
            return None
        return found.version if found.content == content else None

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        """Turn what the library raises into one line without keys or answers."""
        try:
            yield
        except (AlreadyExistsError, PreconditionError):
            raise
        except (NotFoundError, FileNotFoundError):
            raise MissingObjectError(f"{self.address}/{path}: no such file") from None
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise ObjectError(
                f"{self.address}/{path}: the keys in AWS_* may not do this"
                f"{_code(error)}"
            ) from None
        except (BaseError, OSError, ValueError) as error:
            if "501 Not Implemented" in str(error):
                raise _NoConditionError(f"{self.address}: lacks If-Match") from None
            raise ObjectError(
                f"{self.address}/{path} is out of reach: {_short(error)}"
            ) from None


def _settings(environ: Mapping[str, str]) -> "S3Config":
    # The library's type names the settings in small letters alone, and takes both.
    return {name: environ[name] for name in SETTINGS if environ.get(name)}  # type: ignore[return-value]


def _code(error: Exception) -> str:
    code = CODE.search(str(error))
    return f" ({code[1]})" if code else ""


def _short(error: Exception) -> str:
    told = " ".join(str(error).partition("Debug source")[0].split())
    return told.partition("<?xml")[0][:MOST_LETTERS]
