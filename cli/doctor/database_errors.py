"""What a database's refusal means, in plain words, and without its password."""

import re
from typing import TYPE_CHECKING

from cli.doctor.finding import Denied, Unwell
from cli.doctor.place import Place

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

# Of PostgreSQL's words and MySQL's numbers; the first that fits is what it means.
WRONG_LOGIN = re.compile(
    r"password authentication failed|no password supplied|role .* does not exist"
    r"|\(1045,"
)
NO_DATABASE = re.compile(r"database .* does not exist|\(1049,")
NO_ENTRY = re.compile(
    r"no pg_hba.conf entry|\(1130,|\(1044,|permission denied for data"
)
FULL = re.compile(r"too many (clients|connections)|remaining connection slots|\(1040,")
NO_TLS = re.compile(r"does not support SSL|SSL is required but|\(2026,")


def refused(error: Exception, url: "URL", place: Place, password: str) -> Unwell:
    """Why there is no session; `password` says which variable it is, and where."""
    said = " ".join(str(getattr(error, "orig", None) or error).split())
    if WRONG_LOGIN.search(said):
        return _wrong_login(url, place, password)
    if NO_DATABASE.search(said):
        return Unwell(
            f"{place} has no database {url.database}",
            f"make it (CREATE DATABASE {url.database}), or correct the address",
        )
    if NO_ENTRY.search(said):
        return Denied(
            f"{place} does not let {url.username} into {url.database} from here",
            "allow it there (pg_hba.conf, GRANT)",
        )
    if FULL.search(said):
        return Unwell(
            f"{place} has no connection left", "raise max_connections, or wait"
        )
    return _of_tls(said, place) or Unwell(
        f"{place}: {_short(said)}", "see what it says"
    )


def _wrong_login(url: "URL", place: Place, password: str) -> Denied:
    if url.password is None:
        return Denied(
            f"{place} asks {url.username} for a password, and there is none",
            f"put {password}",
        )
    return Denied(
        f"{place} refuses this name and password of {url.username}",
        f"correct {password}, or the name in the address",
    )


def _of_tls(said: str, place: Place) -> Unwell | None:
    if "certificate has expired" in said:
        return Unwell(f"the certificate of {place} expired", "renew it on the server")
    if "ostname mismatch" in said or "match host name" in said:
        return Unwell(
            f"the certificate of {place} is for another name",
            "use a name that stands in it, or have it made for this one",
        )
    if "certificate verify failed" in said:
        return Unwell(
            f"the certificate of {place} is signed by an authority unknown here",
            "name the file of its authority in the address (sslrootcert, ssl_ca)",
        )
    if NO_TLS.search(said):
        return Unwell(
            f"{place} has no TLS, and the address asks for it",
            "switch TLS on there, or take it out of the address",
        )
    return None


def _short(said: str) -> str:
    return said.rpartition("FATAL: ")[2].strip()[:200]
