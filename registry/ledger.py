"""The append-only history of every model, in any SQL database.

A row's key is (model, sequence): of all writers that saw the same head only one can
add the next row, so the ledger arbitrates between concurrent promoters. Rows are
never changed or removed; SQLite refuses both by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from churn.scoring.keys import SIGNING_KEY
from registry.database import SQLITE_BUSY_SECONDS, connect_args, parsed
from registry.errors import LedgerError, LedgerMissingError, LedgerMovedError
from registry.event import FORMAT, Event, Sign, sealed
from registry.rows import EVENTS, METADATA, from_row, to_row

# What databases say when two writers wait for each other.
DEADLOCK = ("deadlock", "serialize access")


class Ledger:
    """Reads and appends events; nothing is ever changed or removed.

    ``password`` is for an address that holds none. ``create=False`` is for those who
    only read: it refuses an address where nothing was ever recorded. ``sign`` makes the
    signature of what is appended.

    Raises
    ------
    LedgerError
    """

    def __init__(
        self,
        url: str,
        *,
        password: str | None = None,
        create: bool = True,
        sign: Sign | None = None,
    ) -> None:
        address = parsed(url, password=password)
        self._name = address.render_as_string(hide_password=True)
        self._secret = str(address.password or "")
        self._sign = sign
        self._engine = sa.create_engine(
            address, poolclass=sa.NullPool, connect_args=connect_args(address)
        )
        with self._errors_in_one_line():
            if address.get_backend_name() == "sqlite":
                self._prepare_file(Path(address.database or ""), create=create)
            self._prepare(create=create)

    def events(self, model: str) -> tuple[Event, ...]:
        """The whole history of a model, oldest first.

        Raises
        ------
        LedgerBrokenError
            If a row is not as an event is written. (Whether the events are those
            that were written, ``verify`` tells.)
        """
        mine = EVENTS.c.model == model
        query = sa.select(EVENTS).where(mine).order_by(EVENTS.c.sequence)
        with self._errors_in_one_line(), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(from_row(dict(row)) for row in rows)

    def append(self, *events: Event) -> tuple[Event, ...]:
        """Chain, sign and add events in one transaction: all of them or none.

        Returns them as they now stand.

        Raises
        ------
        LedgerMovedError
            If the first is not the one that follows the head.
        LedgerError
            If the head is signed and nothing signs these: a fault for all who verify.
        """
        first = events[0]
        previous = self._head_before(first)
        if previous and previous.signature and self._sign is None:
            raise _unsigned(previous)
        chained = []
        for event in events:
            previous = sealed(event, previous, self._sign)
            chained.append(previous)
        with self._errors_in_one_line():
            try:
                with self._engine.begin() as connection:
                    connection.execute(sa.insert(EVENTS), [to_row(e) for e in chained])
            except sa.exc.IntegrityError:
                raise _moved(first) from None
            except sa.exc.OperationalError as error:
                if any(word in str(error.orig).lower() for word in DEADLOCK):
                    raise _moved(first) from None
                raise
        return tuple(chained)

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _head_before(self, event: Event) -> Event | None:
        """The event this one follows; rows never change, so it may be read before."""
        wanted = (EVENTS.c.model == event.model) & (
            EVENTS.c.sequence >= event.sequence - 1
        )
        query = sa.select(EVENTS).where(wanted).order_by(EVENTS.c.sequence).limit(2)
        with self._errors_in_one_line(), self._engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        expected = [] if event.sequence == 1 else [event.sequence - 1]
        if [row["sequence"] for row in rows] != expected:
            raise _moved(event)
        return from_row(rows[0]) if rows else None

    def _prepare_file(self, path: Path, *, create: bool) -> None:
        """SQLite would make an empty database of a mistyped path."""
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise self._missing()

    def _prepare(self, *, create: bool) -> None:
        """Make the table where it is absent, and refuse another format's."""
        if not sa.inspect(self._engine).has_table(EVENTS.name):
            if not create:
                raise self._missing()
            self._create()
        found = {
            column["name"]
            for column in sa.inspect(self._engine).get_columns(EVENTS.name)
        }
        if not found >= {column.name for column in EVENTS.columns}:
            raise LedgerError(
                f"the ledger {self._name} is of a format that this Holdfast does not "
                "know; move it away to begin a new one, or use the Holdfast it is of"
            )
        with self._engine.connect() as connection:
            newest = connection.execute(
                sa.select(sa.func.max(EVENTS.c.format))
            ).scalar()
        if isinstance(newest, int) and newest > FORMAT:
            raise LedgerError(
                f"the ledger {self._name} is of format {newest}, newer than {FORMAT}; "
                "upgrade Holdfast to use it"
            )

    def _create(self) -> None:
        """Make the table; another process may be first."""
        try:
            METADATA.create_all(self._engine)
        except sa.exc.DBAPIError:
            if not sa.inspect(self._engine).has_table(EVENTS.name):
                raise

    def _missing(self) -> LedgerMissingError:
        return LedgerMissingError(
            f"no ledger at {self._name}; the first training makes it: "
            "`python run.py --pipeline training`"
        )

    @contextmanager
    def _errors_in_one_line(self) -> Iterator[None]:
        """A database's errors without their SQL, and never a password."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError, UnicodeError) as error:
            reason = self._reason(error)
        else:
            return
        # Outside the handler: the driver's own error is not to be seen with this one.
        raise LedgerError(f"the ledger {self._name}: {reason}; nothing was changed")

    def _reason(self, error: Exception) -> str:
        text = " ".join(str(getattr(error, "orig", None) or error).split())
        if "database is locked" in text:
            return (
                f"another program has kept it locked for {SQLITE_BUSY_SECONDS} s, "
                "try again when it is done"
            )
        return text.replace(self._secret, "***") if self._secret else text


def _moved(event: Event) -> LedgerMovedError:
    return LedgerMovedError(
        f"the history of {event.model!r} moved on: event {event.sequence} is not the "
        "next one any more; look at it again and repeat; nothing was changed"
    )


def _unsigned(head: Event) -> LedgerError:
    return LedgerError(
        f"event {head.sequence} of {head.model!r} is signed, so the next must be; name "
        f"a key in {SIGNING_KEY}; nothing was changed"
    )
