"""An event as a row of the ledger's one table."""

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from registry.errors import LedgerBrokenError
from registry.event import FORMAT, Event, Lineage, canonical, moment

# Text of any length that compares byte by byte, in every database.
NAME = sa.String(200).with_variant(mysql.VARCHAR(200, collation="utf8mb4_bin"), "mysql")
TEXT = sa.Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_bin"), "mysql")
LINEAGE = tuple(field.name for field in fields(Lineage))
FIRST = ("kind", "version", "version_id", "at", "actor", "reason")
TEXTS = (*FIRST, *LINEAGE, "evidence", "previous_hash", "hash", "signature")
METADATA = sa.MetaData()
EVENTS = sa.Table(
    "ledger_events",
    METADATA,
    sa.Column("model", NAME, primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("format", sa.Integer, nullable=False),
    *(sa.Column(name, TEXT, nullable=False) for name in TEXTS),
    mysql_charset="utf8mb4",
)
for _change in ("update", "delete"):
    sa.event.listen(
        EVENTS,
        "after_create",
        sa.DDL(
            f"CREATE TRIGGER ledger_no_{_change} BEFORE {_change} ON ledger_events "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )


def to_row(event: Event) -> dict[str, Any]:
    """The columns of an event."""
    plain = {name: value for name, value in vars(event).items() if name != "lineage"}
    texts = {"at": moment(event.at), "evidence": canonical(event.evidence)}
    return plain | vars(event.lineage) | texts | {"format": FORMAT}


def from_row(row: dict[str, Any]) -> Event:
    """The event of a row, which must be the very text that is written for it."""
    try:
        event = _parsed(row)
        if _is_typed(row) and to_row(event) == row:
            return event
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    raise LedgerBrokenError(
        f"event {row['sequence']} of {row['model']!r} is not as it was written: the "
        "ledger was altered; compare with a backup"
    )


def _parsed(row: dict[str, Any]) -> Event:
    plain = {name: value for name, value in row.items() if name not in LINEAGE}
    del plain["format"]
    plain["at"] = datetime.fromisoformat(row["at"])
    plain["evidence"] = json.loads(row["evidence"])
    return Event(**plain, lineage=Lineage(**{name: row[name] for name in LINEAGE}))


def _is_typed(row: dict[str, Any]) -> bool:
    """SQLite keeps a value of any type in any column."""
    texts = all(isinstance(row[name], str) for name in ("model", *TEXTS))
    return texts and all(isinstance(row[name], int) for name in ("sequence", "format"))
