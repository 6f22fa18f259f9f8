"""Asking a server over HTTP: its answer, or why there is none, in plain words."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from cli.doctor.finding import Unwell
from cli.doctor.place import ANSWER_SECONDS, CONNECT_SECONDS

UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
FIRST_BAD = 400


def answer(
    url: str,
    *,
    method: str = "GET",
    auth: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    is_verified: bool = True,
) -> requests.Response:
    """What the server says, whatever it says."""
    try:
        return requests.request(
            method,
            url,
            auth=auth,
            headers=dict(headers or {}),
            json=body,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            verify=None if is_verified else False,
        )
    except requests.exceptions.ProxyError:
        raise Unwell(
            f"the proxy does not lead to {url}", "correct HTTPS_PROXY, or set NO_PROXY"
        ) from None
    except requests.exceptions.SSLError as error:
        raise Unwell(f"{url}: TLS failed: {_cause(error)}", "see the server") from None
    except requests.exceptions.Timeout:
        raise Unwell(
            f"{url} does not answer within {ANSWER_SECONDS:g} s",
            "look at the server's log and at what it waits for",
        ) from None
    except requests.exceptions.RequestException as error:
        raise Unwell(
            f"{url} does not answer as a web server does: {_cause(error)}",
            "correct the address, or look at the server's log",
        ) from None


def document(found: requests.Response) -> Mapping[str, Any]:
    """The answer as an object; empty where it is none."""
    try:
        read = found.json()
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def clock_of(found: requests.Response) -> datetime | None:
    """What time it is for the server."""
    try:
        return parsedate_to_datetime(found.headers["Date"])
    except (KeyError, ValueError):
        return None


def _cause(error: Exception) -> str:
    """The innermost words: those around them speak of pools and retries."""
    inner: Any = error
    while True:
        nearer = getattr(inner, "reason", None)
        nearer = nearer or next(
            (arg for arg in getattr(inner, "args", ()) if isinstance(arg, Exception)),
            None,
        )
        if not isinstance(nearer, Exception):
            return " ".join(str(inner).split())
        inner = nearer
