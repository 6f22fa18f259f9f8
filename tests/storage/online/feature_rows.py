"""Rows to publish, and what they must come back as."""

import math
import struct
from datetime import UTC, date, datetime

import polars as pl

DAY = date(2024, 3, 1)
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)

SCHEMA = {
    "customer_id": pl.String,
    "snapshot_date": pl.Date,
    "logins": pl.Int64,
    "share": pl.Float64,
    "plan": pl.String,
    "plan__expires_at": pl.Datetime("us", "UTC"),
}


def rows(*given):
    """Rows of customer, day, logins, share, plan and the plan's last instant."""
    return pl.DataFrame(list(given), schema=SCHEMA, orient="row")


def row(customer_id, *, logins=1, day=DAY):
    return (customer_id, day, logins, 0.5, "pro", None)


def many(n_customers, *, logins, day=DAY):
    """The same figure for everybody, so that a mixture of two batches shows."""
    return rows(*(row(f"c{n:06}", logins=logins, day=day) for n in range(n_customers)))


def bits(value):
    """A value such that two are equal only if they are the same to the bit."""
    return struct.pack("<d", value) if isinstance(value, float) else value


ODD_NAN = struct.unpack("<d", bytes.fromhex("0100000000e0f8ff"))[0]

ODD_ROWS = rows(
    ("a", DAY, 2**63 - 1, -0.0, "", None),
    ("b", DAY, -(2**63), math.nan, "Zoë 東京 \U0001f600 \x00 'x'", None),
    ("c", DAY, 0, math.inf, None, None),
    ("d", DAY, None, -math.inf, "pro", None),
    ("e", DAY, 1, 5e-324, "1", None),
    ("f", DAY, 1, ODD_NAN, "null", None),
    ("g", DAY, 1, None, "pro", None),
    ("h", DAY, 1, 1.0, "pro", None),
    ("", DAY, 7, 0.1 + 0.2, "pro", None),
    ("Kundin Ä/ß:*{}\x00\n", DAY, 8, 0.0, "pro", None),
    ("  spaced ", DAY, 9, 0.0, "pro", None),
    ("spaced", DAY, 10, 0.0, "pro", None),
)
