"""Whose certificates are taken, and why one is not, in plain words."""

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.doctor.finding import Remark, Unwell
from cli.doctor.place import CONNECT_SECONDS, Place

SOON_DAYS = 14
# OpenSSL's X509_V_ERR_*.
EXPIRED, NOT_YET_VALID, OTHER_HOST = 10, 9, 62


@dataclass(frozen=True)
class Trust:
    """Whose certificates a library takes: those of a file, or a list it knows."""

    variables: tuple[str, ...]
    is_certifi: bool

    def context(self, environ: Mapping[str, str]) -> ssl.SSLContext:
        """As the library makes one."""
        named = [environ[name] for name in self.variables if environ.get(name)]
        if named:
            return of_file(named[0], self.variables[0])
        if not self.is_certifi:
            return ssl.create_default_context()
        import certifi

        return ssl.create_default_context(cafile=certifi.where())

    @property
    def way_out(self) -> str:
        """How to make it trust one more."""
        return f"name the file of its authority by the variable {self.variables[0]}"


REQUESTS = Trust(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), is_certifi=True)
BOTO = Trust(("AWS_CA_BUNDLE",), is_certifi=True)
SYSTEM = Trust(("SSL_CERT_FILE",), is_certifi=False)


def of_file(path: str, named_by: str) -> ssl.SSLContext:
    """A context that trusts the authorities of a file or folder."""
    try:
        return (
            ssl.create_default_context(capath=path)
            if os.path.isdir(path)  # noqa: PTH112 (may be no path at all)
            else ssl.create_default_context(cafile=path)
        )
    except (OSError, ssl.SSLError):
        raise Unwell(
            f"{named_by} names {path}, which is no file of certificates",
            f"correct {named_by}, or unset it",
        ) from None


def greet(
    connection: socket.socket,
    place: Place,
    context: ssl.SSLContext,
    trust: Trust,
    now: datetime,
) -> Iterator[Remark]:
    """Let the server show its certificate."""
    try:
        with context.wrap_socket(connection, server_hostname=place.host) as secured:
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise distrusted(place, error, trust) from None
    except ssl.SSLError as error:
        if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
            raise Unwell(
                f"{place} answers without TLS",
                "write http:// or redis:// here, or switch TLS on there",
            ) from None
        raise Unwell(
            f"{place}: TLS failed: {error.reason or error}",
            "look at the server's log and its TLS settings",
        ) from None
    except TimeoutError:
        raise Unwell(
            f"{place} takes the connection and says nothing",
            "look at the server's log; is this its TLS port?",
        ) from None
    except OSError:
        raise Unwell(
            f"{place} hangs up instead of answering with TLS",
            "look at the server's log; is this its TLS port?",
        ) from None
    yield from ends_soon(str(shown.get("notAfter", "")), place, now)


def ends_soon(not_after: str, place: Place, now: datetime) -> Iterator[Remark]:
    """Remark on a certificate whose days are counted."""
    if not not_after:
        return
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), tz=UTC)
    if end - now < timedelta(days=SOON_DAYS):
        yield Remark(
            f"the certificate of {place} ends on {end:%Y-%m-%d}", "renew it before"
        )


def distrusted(
    place: Place, error: ssl.SSLCertVerificationError, trust: Trust
) -> Unwell:
    """Why a certificate was refused, in plain words."""
    if error.verify_code == EXPIRED:
        return Unwell(
            f"the certificate of {place} expired{_on(place)}", "renew it on the server"
        )
    if error.verify_code == NOT_YET_VALID:
        return Unwell(
            f"the certificate of {place} is not valid yet",
            "look at this machine's clock, or wait",
        )
    if error.verify_code == OTHER_HOST or "match" in error.verify_message:
        return Unwell(
            f"the certificate of {place} is for another name",
            "use a name that stands in it, or have it made for this one",
        )
    return Unwell(
        f"the certificate of {place} is signed by an authority unknown here",
        trust.way_out,
    )


def _on(place: Place) -> str:
    """When a certificate ended; unverified, it is only told of."""
    from cryptography import x509

    try:
        shown = ssl.get_server_certificate(
            (place.host, place.port), timeout=CONNECT_SECONDS
        )
        end = x509.load_pem_x509_certificate(shown.encode()).not_valid_after_utc
    except (OSError, ValueError):
        return ""
    return f" on {end:%Y-%m-%d}"
