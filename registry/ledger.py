"""The append-only history of decisions, in any SQL database.

A row's key is (model, sequence): of two writers that saw the same head only one
can add the next row, so the ledger arbitrates between concurrent promoters.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from churn.errors import HoldfastError

METADATA = MetaData()
EVENTS = Table(
    "ledger_events",
    METADATA,
    Column("model", String(200), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("version_id", String(40), nullable=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
)


class LedgerMovedError(HoldfastError):
    """Somebody else appended meanwhile: read the history again and decide anew."""


@dataclass(frozen=True)
class Event:
    """One thing that was decided about one version of one model.

    ``version`` is the number people see, ``version_id`` what identifies it;
    ``evidence`` maps names to text: hashes, addresses, the run.
    """

    model: str
    sequence: int
    kind: str
    version: str
    version_id: str
    at: datetime
    actor: str
    reason: str
    evidence: Mapping[str, str]


class Ledger:
    """Reads and appends events; nothing is ever changed or removed."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(address)
        self._create()

    def _create(self) -> None:
        """Make the table where it is absent; another process may be first."""
        try:
            METADATA.create_all(self._engine)
        except (OperationalError, ProgrammingError):
            if not inspect(self._engine).has_table(EVENTS.name):
                raise

    def events(self, model: str) -> tuple[Event, ...]:
        """The whole history of a model, oldest first."""
        query = (
            select(EVENTS).where(EVENTS.c.model == model).order_by(EVENTS.c.sequence)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_event(dict(row)) for row in rows)

    def append(self, *events: Event) -> None:
        """Add events in one transaction: all of them or none.

        Raises
        ------
        LedgerMovedError
            If a sequence number is taken already.
        """
        rows = [_row(event) for event in events]
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(EVENTS), rows)
        except IntegrityError as error:
            first = events[0]
            msg = f"event {first.sequence} of model {first.model!r} exists already"
            raise LedgerMovedError(msg) from error

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()


def _row(event: Event) -> dict[str, object]:
    plain = {"at": event.at.isoformat(), "evidence": json.dumps(dict(event.evidence))}
    return asdict(event) | plain


def _event(row: dict[str, Any]) -> Event:
    at, evidence = datetime.fromisoformat(row["at"]), json.loads(row["evidence"])
    return Event(**(row | {"at": at, "evidence": evidence}))
