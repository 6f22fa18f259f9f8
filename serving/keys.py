"""API keys: only their sha256 is kept, several at a time, replaced without a restart.

The file is a JSON list of ``{"name", "sha256", "scopes", "expires_at"}`` and is read
again when it changed. A key is 256 random bits, so a plain hash of it tells nothing.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import msgspec

from churn.errors import ConfigError
from churn.naming import suggestion
from serving.problems import Problem
from serving.saying import say

Scope = Literal["predict", "metrics", "release"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "holdfast_"
LOOK_SECONDS = 1.0
BEARER = b"Bearer "
ASK = ((b"www-authenticate", b'Bearer realm="holdfast"'),)


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key's name, the hash of its text, what it may do and until when."""

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    expires_at: datetime | None


class KeyFile:
    """The keys of a file, looked at again at most once a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Until the file can be read nobody is let in, and nobody needs a restart.
        self._state: tuple[int, int, int] | None = (0, 0, 0)
        self._keys: Mapping[str, Key] = {}
        self._look()

    def check(self, headers: Mapping[bytes, bytes], scope: Scope) -> None:
        """Let pass who brings a key with this scope.

        Raises
        ------
        Problem
            401 without a valid key, 403 if it may not do this.
        """
        if time.monotonic() >= self._due:
            self._look()
        key = self._keys.get(hashlib.sha256(presented(headers)).hexdigest())
        if key is None:
            raise Problem(
                401,
                "expected a valid key, as X-API-Key: KEY or Authorization: Bearer KEY",
                headers=ASK,
            )
        if key.expires_at is not None and datetime.now(UTC) >= key.expires_at:
            raise Problem(401, "the key has expired; ask for a new one", headers=ASK)
        if scope not in key.scopes:
            raise Problem(403, f"expected a key with the scope {scope}")

    def _look(self) -> None:
        """Read the file again if it changed; keep what was good if it is not."""
        self._due = time.monotonic() + LOOK_SECONDS
        state = _state(self._path)
        if state == self._state:
            return
        self._state = state
        try:
            self._keys = _by_hash(read_keys(self._path))
        except ConfigError as error:
            say(f"the keys stay as they were: {error}")


def presented(headers: Mapping[bytes, bytes]) -> bytes:
    """The text of the key a request brings; empty if none, or two that differ."""
    key = headers.get(b"x-api-key")
    authorization = headers.get(b"authorization")
    if authorization is None:
        return key or b""
    if not authorization.startswith(BEARER):
        return b""
    bearer = authorization[len(BEARER) :]
    return bearer if key in {None, bearer} else b""


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file.

    Raises
    ------
    ConfigError
    """
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=tuple[Key, ...])
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; `python -m serving keygen NAME --keys {path}` "
            "makes it"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a list of keys, {error}") from None
    for key in keys:
        if key.expires_at is not None and key.expires_at.tzinfo is None:
            raise ConfigError(f"{path}: {key.name}: expires_at lacks a time zone")
    return keys


def add_key(
    path: Path, name: str, *, scopes: Iterable[str], expires_at: datetime | None
) -> str:
    """Add a new key to a file, made if need be; its text, which is kept nowhere.

    Raises
    ------
    ConfigError
        If the name is taken, a scope unknown, or the file cannot be written.
    """
    keys = read_keys(path) if path.exists() else ()
    if name in {key.name for key in keys}:
        raise ConfigError(f"{path}: there is a key {name} already; choose another name")
    text = PREFIX + secrets.token_urlsafe(32)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    key = Key(name, sha256, tuple(_scope(scope) for scope in scopes), expires_at)
    _write(path, (*keys, key))
    return text


def _scope(name: str) -> Scope:
    for scope in SCOPES:
        if scope == name:
            return scope
    raise ConfigError(f"{name}: is no scope; {suggestion(name, SCOPES)}")


def _write(path: Path, keys: tuple[Key, ...]) -> None:
    """Replace the file as a whole; nobody but its owner may read it."""
    draft = path.with_suffix(".draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from None


def _by_hash(keys: tuple[Key, ...]) -> Mapping[str, Key]:
    return {key.sha256: key for key in keys}


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    # Also who may read it changes this time.
    return found.st_ino, found.st_size, found.st_ctime_ns
