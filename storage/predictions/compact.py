"""Turns shipped segments into rows of Delta tables, each line exactly once.

A row carries its segment, and a segment's rows come into a table by one commit: so a
table has all of them or none, whenever a run was killed. A segment is removed from the
store once the tables, opened anew, have it; sent again, it is found to be there. Of two
runs at once only one appends: commits are numbered, and the other looks again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from storage.delta import TableError, open_or_make, rows_of, told
from storage.objects import Listed, MissingObjectError, Objects, open_objects
from storage.predictions.segments import NAME
from storage.predictions.ship import SEGMENTS
from storage.predictions.tables import (
    AT,
    DAY,
    SCHEMAS,
    SEGMENT,
    Line,
    frame_of,
    lines_of,
)
from storage.predictions.upkeep import merge_small_files

COMPACTION = "compaction"
BATCH_BYTES = 32 << 20
MOST_ATTEMPTS = 10
WAY_OUT = "restore it; segments it lacks are still in the store"


@dataclass(frozen=True)
class Compacted:
    """How many segments a run took in, and how many rows it added to each table."""

    n_segments: int
    n_rows: Mapping[str, int]


def compact(url: str, model: str, *, environ: Mapping[str, str]) -> Compacted:
    """Take in all segments of a model that were shipped.

    Raises
    ------
    ConfigError
        If the address is of another kind.
    ObjectError, TableError
        If the store or a table cannot be used; run again, and nothing is doubled.
    """
    store = open_objects(f"{url.rstrip('/')}/{model}", environ=environ)
    n_segments, n_rows = 0, dict.fromkeys(SCHEMAS, 0)
    for batch in _batches(store.list(SEGMENTS)):
        segments = _read(store, batch)
        for table in SCHEMAS:
            lines = [line for found in segments.values() for line in found[table]]
            n_rows[table] += _append(store, environ, table, lines) if lines else 0
        for path in segments:
            store.delete(path)
        n_segments += len(segments)
    return Compacted(n_segments, n_rows)


def _batches(found: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Segments that fit in memory together, the oldest first."""
    batch: list[Listed] = []
    for one in found:
        if NAME.fullmatch(PurePosixPath(one.path).stem):
            if batch and sum(b.n_bytes for b in batch) + one.n_bytes > BATCH_BYTES:
                yield batch
                batch = []
            batch.append(one)
    if batch:
        yield batch


def _read(store: Objects, batch: Sequence[Listed]) -> dict[str, dict[str, list[Line]]]:
    """The lines of each segment by table; one that another run took in is left out."""
    segments = {}
    for one in batch:
        try:
            content = store.get(one.path).content
        except MissingObjectError:
            continue
        segments[one.path] = lines_of(PurePosixPath(one.path).stem, content)
    return segments


def _append(
    store: Objects, environ: Mapping[str, str], table: str, lines: Sequence[Line]
) -> int:
    """Append what a table lacks until, opened anew, it lacks nothing."""
    url, n_added = f"{store.address}/{table}", 0
    for _ in range(MOST_ATTEMPTS):
        existing = _opened(store, environ, table)
        there = _segments_in(existing, url, {line.segment for line in lines})
        missing = [line for line in lines if line.segment not in there]
        if not missing:
            if n_added:
                merge_small_files(existing, WAY_OUT)
            return n_added
        if _commit(existing, url, frame_of(table, missing)):
            n_added = len(missing)
    raise TableError(f"{url}: other runs write to it all the time; run again")


def _opened(store: Objects, environ: Mapping[str, str], table: str) -> DeltaTable:
    """The newest version of a table, which is made if it is not there."""
    return open_or_make(
        f"{store.address}/{table}",
        SCHEMAS[table],
        partition_by=DAY,
        bounds=(SEGMENT, AT),
        environ=environ,
        way_out=WAY_OUT,
    )


def _segments_in(existing: DeltaTable, url: str, names: set[str]) -> set[str]:
    with told(url, WAY_OUT):
        rows = rows_of(existing, (SEGMENT,), [(SEGMENT, "in", sorted(names))])
    return set(rows[SEGMENT].unique())


def _commit(existing: DeltaTable, url: str, rows: pl.DataFrame) -> bool:
    """Append by the next numbered commit; False if another run was faster."""
    number = (existing.transaction_version(COMPACTION) or 0) + 1
    try:
        write_deltalake(
            existing,
            # Text as polars hands it over is of a type that no filter compares.
            rows.to_arrow(compat_level=pl.CompatLevel.oldest()),
            mode="append",
            # A table of an older program lacks what was added since.
            schema_mode="merge",
            commit_properties=CommitProperties(
                app_transactions=[Transaction(COMPACTION, number)]
            ),
        )
    except CommitFailedError:
        return False
    except DeltaError:
        with told(url, WAY_OUT):
            raise
    return True
