"""The first thing to know of an address: does anybody answer there, and who.

Asked by a socket before any library is: their errors speak of pools and retries, these
name the cause.
"""

import socket
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from cli.doctor.certificates import Trust, greet
from cli.doctor.finding import Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS, CONNECT_SECONDS, Place, place_of


def reach(
    url: str,
    *,
    environ: Mapping[str, str],
    trust: Trust,
    now: datetime,
    is_verified: bool = True,
) -> Iterator[Remark]:
    """Find whoever listens at the address, and look at the certificate.

    Nothing is asked where a proxy stands between: what it says is the library's to see.
    """
    place = place_of(url)
    if _has_proxy(url, environ):
        return
    if not place.has_tls or not is_verified:
        connected(place).close()
        return
    context = trust.context(environ)
    yield from greet(connected(place), place, context, trust, now)


def connected(place: Place) -> socket.socket:
    """A connection, or why there is none."""
    try:
        made = socket.create_connection(
            (place.host, place.port), timeout=CONNECT_SECONDS
        )
    except socket.gaierror:
        raise Unwell(
            f"the name service knows no {place.host}", "correct the address"
        ) from None
    except TimeoutError:
        raise Unwell(
            f"{place} does not answer within {CONNECT_SECONDS:g} s",
            "look at the network between here and there (firewall, VPN), or correct "
            "the address",
        ) from None
    except ConnectionRefusedError:
        raise Unwell(
            f"nobody listens at {place}", "start the server, or correct the address"
        ) from None
    except OSError as error:
        raise Unwell(
            f"{place}: {error.strerror or error}",
            "look at the network between here and there",
        ) from None
    made.settimeout(ANSWER_SECONDS)
    return made


def _has_proxy(url: str, environ: Mapping[str, str]) -> bool:
    """Whether libraries would go through one, as variables tell them."""
    parts = urlsplit(url)
    told = {name.casefold(): value for name, value in environ.items()}
    if not any(told.get(f"{scheme}_proxy") for scheme in (parts.scheme, "all")):
        return False
    spared = {"no": told.get("no_proxy", "")}
    return not proxy_bypass_environment(parts.netloc.rpartition("@")[2], spared)
