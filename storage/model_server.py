"""What a pipeline asks of a running model server."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from churn.errors import ConfigError, HoldfastError

SERVER_KEY = "HOLDFAST_SERVER_KEY"
TIMEOUT_SECONDS = 5.0
MOST_BYTES = 2**22
PAUSE_SECONDS = 0.1


class ServerError(HoldfastError):
    """A model server is out of reach, or answers what it should not."""


class UnreachableServerError(ServerError):
    """Nobody answers at the address."""


@dataclass(frozen=True)
class ModelServer:
    """One server, by its address: ``{url}/predict``."""

    url: str
    key: str | None

    @classmethod
    def at(cls, url: str, environ: Mapping[str, str]) -> "ModelServer":
        """With the key that HOLDFAST_SERVER_KEY refers to, where the server asks one.

        The reference is ``file:/path`` or ``env:NAME``; the key's scopes must hold
        ``predict`` and ``release``.

        Raises
        ------
        ConfigError
            Never quoting the key.
        """
        reference = environ.get(SERVER_KEY)
        return cls(url, _key(reference, environ) if reference else None)

    def release(self) -> Mapping[str, Any]:
        """What it says that it serves.

        Raises
        ------
        ServerError
        """
        return self._asked("/release", None)

    def metrics(self) -> str:
        """What it counts, in Prometheus's text format; the key needs that scope.

        Raises
        ------
        ServerError
        """
        try:
            return self._content("/metrics", None).decode()
        except UnicodeError:
            raise ServerError(f"{self.url}/metrics: expected UTF-8") from None

    def check_serves(self, version: str, sequence: int) -> None:
        """Refuse another champion, and a release older than an event.

        Raises
        ------
        ServerError
        """
        serving = self.release().get("serving") or {}
        champion = (serving.get("champion") or {}).get("version")
        newest = int(serving.get("sequence") or 0)
        if champion != version or newest < sequence:
            raise ServerError(
                f"{self.url}: expected version {version} of event {sequence}, found "
                f"version {champion} of event {newest}"
            )

    def probabilities(
        self, rows: Sequence[Mapping[str, Any]], version: str
    ) -> list[float]:
        """Its answers to rows, all of them given by this version.

        Raises
        ------
        ServerError
        """
        answer = self._asked("/predict", {"customers": [{"values": r} for r in rows]})
        found: Any = answer.get("predictions")
        try:
            told = [(str(p["model_version"]), float(p["probability"])) for p in found]
        except (TypeError, KeyError, ValueError):
            raise ServerError(f"{self.url}/predict: expected predictions") from None
        others = {name for name, _ in told} - {version}
        if others:
            raise ServerError(
                f"{self.url}/predict: expected answers of version {version}, found "
                f"some of {', '.join(sorted(others))}"
            )
        return [probability for _, probability in told]

    def veto(self, version: str, sequence: int) -> str | None:
        """Why its guard ended the canary of a version, if it did so since an event.

        Raises
        ------
        ServerError
        """
        found = self.release().get("vetoes") or ()
        told = [
            str(veto.get("reason"))
            for veto in found
            if str(veto.get("version")) == version
            and int(veto.get("sequence") or 0) >= sequence
        ]
        return told[-1] if told else None

    def _asked(self, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        try:
            found = json.loads(self._content(path, body))
        except ValueError as error:
            raise ServerError(f"{self.url}{path}: {error}") from None
        if not isinstance(found, dict):
            raise ServerError(f"{self.url}{path}: expected an object")
        return found

    def _content(self, path: str, body: Mapping[str, Any] | None) -> bytes:
        address = f"{self.url}{path}"
        if not address.startswith(("http://", "https://")):
            raise ServerError(f"expected http:// or https://, found {self.url}")
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if self.key is not None:
            headers["X-API-Key"] = self.key
        request = urllib.request.Request(address, content, headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return bytes(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                raise ServerError(f"{address}: answered {error.code}") from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise UnreachableServerError(f"{address}: {reason}") from None
        except (ValueError, HTTPException) as error:
            raise ServerError(f"{address}: {error or type(error).__name__}") from None


def asked(
    server: ModelServer,
    seconds: float,
    rows: Sequence[Mapping[str, Any]],
    version: str,
    sequence: int,
) -> list[float]:
    """How a server answers rows once it serves a version, which may take a while.

    Raises
    ------
    ServerError
        If it does not in time.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            server.check_serves(version, sequence)
            return server.probabilities(rows, version)
        except ServerError as error:
            # One of several workers, or machines, may follow later than another.
            if time.monotonic() >= end:
                raise ServerError(f"after {seconds:g} s: {error}") from None
        time.sleep(PAUSE_SECONDS)


def _key(reference: str, environ: Mapping[str, str]) -> str:
    kind, _, name = reference.partition(":")
    if kind == "env" and name in environ:
        return environ[name].strip()
    if kind == "file":
        try:
            return Path(name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeError) as error:
            told = getattr(error, "strerror", "no key")
            raise ConfigError(f"{SERVER_KEY}: {name}: {told}") from None
    # What stands there may be the key itself.
    raise ConfigError(f"{SERVER_KEY}: expected file:/path or the env:NAME of a key")
