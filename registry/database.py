"""The address of the ledger's database, and how to connect to it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from churn.naming import suggestion
from registry.errors import LedgerError

PASSWORD_VARIABLE = "HOLDFAST_LEDGER_PASSWORD"  # noqa: S105 (its name only)
DRIVERS = ("sqlite", "mysql+pymysql", "postgresql+psycopg")
SQLITE_BUSY_SECONDS = 20
CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 60


def parsed(url: str, *, password: str | None = None) -> URL:
    """The parts of the address, whose text may hold a password and is not quoted.

    ``password`` is for a server whose address holds none.
    """
    driver = url.partition(":")[0]
    if driver not in DRIVERS:
        raise LedgerError(
            f"stores.ledger: {driver}: is no known database; "
            f"{suggestion(driver, DRIVERS)}"
        )
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        address = None
    if address is None:
        raise LedgerError(
            f"stores.ledger: expected {driver}://NAME@HOST:PORT/DATABASE, special "
            f"characters written like %40; the password comes by {PASSWORD_VARIABLE}"
        )
    if password and address.password is None and driver != "sqlite":
        return address.set(password=password)
    return address


def connect_args(url: URL) -> dict[str, Any]:
    """What the driver must know, so that it neither waits for ever nor cuts text."""
    backend = url.get_backend_name()
    if backend == "sqlite":
        return {"timeout": SQLITE_BUSY_SECONDS}
    limits: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if backend == "mysql":
        # Else a value that does not fit is cut without a word.
        limits["sql_mode"] = "STRICT_ALL_TABLES"
        limits |= {"read_timeout": READ_TIMEOUT_SECONDS, "charset": "utf8mb4"}
    return limits
