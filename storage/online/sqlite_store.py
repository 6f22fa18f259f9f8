"""Online features in one SQLite file: nothing to install or start.

The file keeps a log of writes ahead of itself (WAL), so that readers in other
processes go on reading the last batch while the next one is written.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from storage.online.rows import (
    SETS_KEPT,
    UNPUBLISHED,
    FeatureSet,
    Kind,
    OnlineRow,
    OnlineStoreError,
    Published,
    answer,
    chosen,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from storage.online.batch import Batch

WAIT_SECONDS = 30

SCHEMA = """
CREATE TABLE IF NOT EXISTS online_sets (
    set_id INTEGER PRIMARY KEY, dataset TEXT NOT NULL, version TEXT NOT NULL,
    head INTEGER NOT NULL, features BLOB NOT NULL, UNIQUE (dataset, version));
CREATE TABLE IF NOT EXISTS online_rows (
    set_id INTEGER NOT NULL, customer_id BLOB NOT NULL,
    snapshot_day INTEGER NOT NULL, stored BLOB NOT NULL,
    PRIMARY KEY (set_id, customer_id)) WITHOUT ROWID;
"""
"""``head`` counts the batches of all data sets: the greatest is the newest."""

ADD_SET = """
INSERT INTO online_sets (dataset, version, head, features)
VALUES (?, ?, (SELECT COALESCE(MAX(head), 0) + 1 FROM online_sets), ?)
ON CONFLICT DO UPDATE SET head = excluded.head RETURNING set_id
"""
ADD_ROW = """
INSERT INTO online_rows VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET snapshot_day = excluded.snapshot_day, stored = excluded.stored
WHERE excluded.snapshot_day >= snapshot_day
"""
OUTDATED = "SELECT set_id FROM online_sets WHERE dataset = ? ORDER BY head DESC"
HEAD = "SELECT MAX(head) FROM online_sets WHERE dataset = ?"
SETS = "SELECT set_id, features FROM online_sets WHERE dataset = ? ORDER BY head DESC"
ROW = "SELECT stored FROM online_rows WHERE set_id = ? AND customer_id = ?"


class SqliteStore:
    """The online features of one data set in a file."""

    def __init__(self, path: Path, *, dataset: str, needs: Mapping[str, Kind]) -> None:
        self.address = f"sqlite:///{path}"
        self._path, self._dataset, self._needs = path, dataset, needs
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._resolved: tuple[int, int, FeatureSet] | None = None
        self._lock = Lock()

    def publish(self, rows: pl.DataFrame) -> Published:
        """Make a batch readable as a whole; all of it or nothing."""
        from storage.online.batch import Batch

        batch = Batch(rows)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(_writer(self._path)) as connection, connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                n_rows = _write(connection, self._dataset, batch)
        except (sqlite3.Error, OSError) as error:
            raise self._failed("written", error) from None
        return Published(n_rows, len(batch) - n_rows)

    def read(
        self, customer_ids: Sequence[str], *, at: datetime
    ) -> list[OnlineRow | None]:
        """The row of each customer as of now, in the order asked."""
        if not customer_ids:
            return []
        with self._lock:
            try:
                features, found = self._fetch([key_of(c) for c in customer_ids])
            except (sqlite3.Error, OSError) as error:
                raise self._failed("read", error) from None
        return answer(features, customer_ids, found, at=at)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._opened = self._resolved = None

    def _reader(self) -> sqlite3.Connection:
        """The file of this name, also after it was removed and published anew."""
        if not self._path.is_file():
            raise self._unpublished()
        file = self._path.stat()
        if self._connection is None or self._opened != (file.st_dev, file.st_ino):
            self._let_go()
            self._opened = file.st_dev, file.st_ino
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        return self._connection

    def _fetch(self, keys: list[bytes]) -> tuple[FeatureSet, list[bytes | None]]:
        """All rows from one state of the file, whatever is published meanwhile."""
        connection = self._reader()
        with connection:
            connection.execute("BEGIN")
            set_id, features = self._resolve(connection)
            rows = [connection.execute(ROW, (set_id, key)).fetchone() for key in keys]
        return features, [row and row[0] for row in rows]

    def _resolve(self, connection: sqlite3.Connection) -> tuple[int, FeatureSet]:
        """Find the feature set to read, anew only after a batch was published."""
        (head,) = connection.execute(HEAD, (self._dataset,)).fetchone()
        if self._resolved is None or self._resolved[0] != head:
            sets = {
                msgspec.msgpack.decode(features, type=FeatureSet): set_id
                for set_id, features in connection.execute(SETS, (self._dataset,))
            }
            features = chosen(list(sets), self._needs, self._where)
            self._resolved = head, sets[features], features
        return self._resolved[1:]

    @property
    def _where(self) -> str:
        return f"online features of {self._dataset} in {self.address}"

    def _unpublished(self) -> OnlineStoreError:
        return OnlineStoreError(f"{self._where}: {UNPUBLISHED}")

    def _failed(self, done: str, error: Exception) -> OnlineStoreError:
        if "no such table" in str(error):
            return self._unpublished()
        return OnlineStoreError(
            f"{self._where} cannot be {done}: {error}; correct HOLDFAST_ONLINE_URL or "
            "the file's folder and run again, nothing is half-written"
        )


def _writer(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)


def _write(connection: sqlite3.Connection, dataset: str, batch: Batch) -> int:
    """Add a batch to what there is; how many rows were not older."""
    for statement in SCHEMA.split(";"):
        connection.execute(statement)
    features = batch.features
    encoded = msgspec.msgpack.encode(features)
    added = connection.execute(ADD_SET, (dataset, features.version, encoded))
    ((set_id,),) = added.fetchall()
    rows = ((set_id, *row) for row in batch.encoded())
    n_rows = connection.executemany(ADD_ROW, rows).rowcount
    for (outdated,) in connection.execute(OUTDATED, (dataset,)).fetchall()[SETS_KEPT:]:
        connection.execute("DELETE FROM online_rows WHERE set_id = ?", (outdated,))
        connection.execute("DELETE FROM online_sets WHERE set_id = ?", (outdated,))
    return n_rows
