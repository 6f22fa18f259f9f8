"""Where alarms go besides the ledger: a document each, and a webhook.

``MODEL/SEQUENCE.json`` below the store's address is what one event told. What a
channel did not take yet waits in ``MODEL/waiting/CHANNEL/SEQUENCE``, so that the next
run tries it again: told at least once, in their order. What is older than a week is
no news any more and waits no longer.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from churn.errors import ConfigError, HoldfastError
from churn.scoring.keys import referred
from storage.objects import Objects, open_objects

ALERTS_URL = "HOLDFAST_ALERTS_URL"
WEBHOOK = "HOLDFAST_ALERT_WEBHOOK"
TIMEOUT_SECONDS = 5.0
WAITS = timedelta(days=7)
DIGITS = 8

Document = Mapping[str, Any]
Send = Callable[[Document], None]


class AlertError(HoldfastError):
    """A channel did not take an alarm."""


class AlertStore:
    """The documents of one model's alarms, and what its channels still lack."""

    def __init__(self, objects: Objects, model: str) -> None:
        self._objects = objects
        self._model = model

    @classmethod
    def of(cls, model: str, environ: Mapping[str, str]) -> "AlertStore | None":
        """The store that the stack names; None where it names none.

        Raises
        ------
        ConfigError
            If the address is of another kind.
        """
        url = environ.get(ALERTS_URL)
        return cls(open_objects(url, environ=environ), model) if url else None

    @property
    def address(self) -> str:
        """Where the documents are."""
        return f"{self._objects.address}/{self._model}"

    def keep(
        self, documents: Sequence[Document], channels: Sequence[str], now: datetime
    ) -> int:
        """Write those that are not there yet; returns how many that were.

        A document has ``sequence`` and ``at``, the moment of its event (UTC).

        Raises
        ------
        ObjectError
        """
        there = {found.path for found in self._objects.list(self._model)}
        new = [one for one in documents if self._path(one["sequence"]) not in there]
        for document in new:
            if now - datetime.fromisoformat(document["at"]) <= WAITS:
                for channel in channels:
                    self._objects.put(self._waiting(channel, document["sequence"]), b"")
            # Last: with it there, nothing about it is written again.
            content = json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True)
            self._objects.put(self._path(document["sequence"]), f"{content}\n".encode())
        return len(new)

    def deliver(self, channel: str, send: Send, now: datetime) -> tuple[int, str]:
        """Let a channel take what waits for it, the oldest first.

        Returns
        -------
        int and str
            How many it took, and why it took no more; empty where nothing waits.

        Raises
        ------
        ObjectError
        """
        n_sent = 0
        for found in self._objects.list(f"{self._model}/waiting/{channel}"):
            sequence = int(found.path.rpartition("/")[2])
            document = json.loads(self._objects.get(self._path(sequence)).content)
            if now - datetime.fromisoformat(document["at"]) <= WAITS:
                try:
                    send(document)
                except HoldfastError as error:
                    return n_sent, f"{error}; tried again with the next run"
                n_sent += 1
            self._objects.delete(found.path)
        return n_sent, ""

    def _path(self, sequence: int) -> str:
        return f"{self._model}/{sequence:0{DIGITS}}.json"

    def _waiting(self, channel: str, sequence: int) -> str:
        return f"{self._model}/waiting/{channel}/{sequence:0{DIGITS}}"


def tell(
    store: AlertStore | None,
    documents: Sequence[Document],
    channels: Mapping[str, Send],
    now: datetime,
) -> dict[str, str]:
    """Keep the documents and let every channel take them; says what each did.

    Without a store nothing waits: what a channel does not take is lost to it.

    Raises
    ------
    ObjectError
        If the store cannot be written; repeated, nothing is kept or told twice.
    """
    if store is None:
        return {name: _sent(send, documents) for name, send in channels.items()}
    store.keep(documents, tuple(channels), now)
    told = {"store": store.address}
    for name, send in channels.items():
        n_sent, why = store.deliver(name, send, now)
        told[name] = f"{n_sent} told" + (f"; {why}" if why else "")
    return told


def _sent(send: Send, documents: Sequence[Document]) -> str:
    for n_sent, document in enumerate(documents):
        try:
            send(document)
        except HoldfastError as error:
            return f"{n_sent} told; {error}"
    return f"{len(documents)} told"


def webhooks(environ: Mapping[str, str]) -> dict[str, Send]:
    """What posts to HOLDFAST_ALERT_WEBHOOK; empty where it is not set.

    It holds an http(s) address, or where one is kept: ``file:/path``, ``env:NAME``. An
    address that cannot be read is told by the channel: no alarm waits for it to be
    corrected.
    """
    told = environ.get(WEBHOOK)
    if not told:
        return {}

    def send(document: Document) -> None:
        _post(_address(told, environ), document)

    return {"webhook": send}


def _address(told: str, environ: Mapping[str, str]) -> str:
    """The address; an error never quotes it, since whoever knows it may post."""
    is_plain = told.startswith(("http://", "https://"))
    kept = told.encode() if is_plain else referred(told, environ, setting=WEBHOOK)
    url = kept.decode(errors="replace").strip()
    if not url.startswith(("http://", "https://")) or not urlsplit(url).hostname:
        raise ConfigError(
            f"{WEBHOOK}: expected http:// or https:// and a host, or the file:/path or "
            "env:NAME of such an address"
        )
    return url


def _post(url: str, document: Document) -> None:
    """Post one document as JSON; ``text`` in it is what chat services show."""
    content = json.dumps(document, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    host = urlsplit(url).hostname
    try:
        request = urllib.request.Request(url, content, headers, method="POST")  # noqa: S310 (checked)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        with error:
            reason = f"answered {error.code}"
    except (OSError, ValueError) as error:
        # A reason of ours: that of the library may quote the address.
        reason = _reason(error)
    raise AlertError(f"the webhook at {host}: {reason}")


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:g} s"
    return getattr(cause, "strerror", None) or type(cause).__name__
