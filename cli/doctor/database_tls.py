"""PostgreSQL's certificate, which its own driver refuses without saying why."""

import ssl
import struct
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.doctor.certificates import Trust, greet, of_file
from cli.doctor.connecting import connected
from cli.doctor.finding import Remark, Unwell
from cli.doctor.place import Place

VERIFYING = ("verify-ca", "verify-full")
# Eight bytes, the second four of which ask for TLS (the protocol's "SSLRequest").
ASK_FOR_TLS = struct.pack("!II", 8, 80877103)
ROOT = Path("~/.postgresql/root.crt")
IN_ADDRESS = Trust(("sslrootcert",), is_certifi=False)


def look_at_postgres(
    place: Place, options: Mapping[str, Any], now: datetime
) -> Iterator[Remark]:
    """Look at the certificate, where the address asks that it be verified."""
    mode = options.get("sslmode")
    if mode not in VERIFYING or not place.host:
        return
    context = _context(str(options.get("sslrootcert") or ""))
    context.check_hostname = mode == "verify-full"
    connection = connected(place)
    try:
        connection.sendall(ASK_FOR_TLS)
        has_tls = connection.recv(1) == b"S"
    except OSError:
        has_tls = False
    if not has_tls:
        connection.close()
        raise Unwell(
            f"{place} has no TLS, and the address asks for it",
            "switch it on there (ssl = on), or take sslmode out of the address",
        )
    yield from greet(connection, place, context, IN_ADDRESS, now)


def _context(named: str) -> ssl.SSLContext:
    if named == "system":
        return ssl.create_default_context()
    path = named or str(ROOT.expanduser())
    return of_file(path, "sslrootcert")
