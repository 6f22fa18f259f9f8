"""What all our Delta tables share: where they are, and errors fit to be shown.

An address is a folder or ``s3://BUCKET/PATH``; keys and endpoint of a bucket come
from the variables ``AWS_*``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote

import polars as pl
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError
from pyarrow.fs import (  # type: ignore[import-untyped]
    FileSystem,
    LocalFileSystem,
    SubTreeFileSystem,
)

from churn.errors import ConfigError, HoldfastError
from churn.naming import suggestion
from storage.objects import open_objects

TABLES_URL = "HOLDFAST_TABLES_URL"

FIRST_COMMIT = f"_delta_log/{0:020}.json"
MOST_LETTERS = 300
COLOURS = re.compile(r"\x1b\[\d*m")
# Behind these words are rows, or where in the library it happened.
BEFORE_DETAILS = re.compile(r"Preview|\n?\s+0: ")

REBUILD = "restore it, or delete it and run the pipeline features again"

Filters = list[tuple[str, str, Any]]


class TableError(HoldfastError):
    """A stored table is out of reach, or does not hold what was asked."""


class ConflictError(TableError):
    """Another run wrote the same rows at the same time; nothing of this one is kept."""


def tables_url(environ: Mapping[str, str]) -> str:
    """The address below which a stack keeps its tables.

    Raises
    ------
    ConfigError
        If the stack names none.
    """
    url = environ.get(TABLES_URL)
    if not url:
        raise ConfigError(f"{TABLES_URL} is not set: the stack file names no tables")
    return url.rstrip("/")


def open_table(url: str, way_out: str = REBUILD) -> DeltaTable | None:
    """The newest version of a table; None if there is none yet."""
    with told(url, way_out):
        return DeltaTable(url) if DeltaTable.is_deltatable(url) else None


def open_or_make(
    url: str,
    schema: Mapping[str, pl.DataType],
    *,
    partition_by: str,
    bounds: Sequence[str],
    environ: Mapping[str, str],
    way_out: str = REBUILD,
) -> DeltaTable:
    """The newest version of a table, which is made without rows if it is not there.

    ``bounds`` names the columns whose least and greatest value a file's entry in the
    log may tell, where no customer should stand.
    """
    table = open_table(url, way_out)
    if table is None:
        # Of several runs that create a table, the library lets more than one do so.
        first = _first_commit(schema, partition_by, bounds)
        open_objects(url, environ=environ).put_if(FIRST_COMMIT, first, None)
        table = open_table(url, way_out)
    if table is None:
        raise TableError(f"{url}: made a moment ago, and not there")
    return table


def _first_commit(
    schema: Mapping[str, pl.DataType], partition_by: str, bounds: Sequence[str]
) -> bytes:
    """What the log of an empty table of these columns begins with."""
    columns = pl.DataFrame(schema=schema).to_arrow().schema
    told_of = {"delta.dataSkippingStatsColumns": ",".join(bounds)}
    with TemporaryDirectory() as folder:
        DeltaTable.create(
            folder, schema=columns, partition_by=[partition_by], configuration=told_of
        )
        return Path(folder, FIRST_COMMIT).read_bytes()


def columns_of(table: DeltaTable) -> pl.Schema:
    """Its columns in their types, in order."""
    return pl.DataFrame(table.schema().to_arrow().empty_table()).schema


def rows_of(
    table: DeltaTable, columns: Sequence[str], among: Filters | None = None
) -> pl.DataFrame:
    """The rows of a version that meet the filters, in no particular order."""
    # polars' own reader does not find files below a folder with a blank in its name.
    found = table.to_pyarrow_table(
        columns=list(columns), filters=among, filesystem=_folder(table)
    )
    return pl.DataFrame(found)


def batches_of(
    table: DeltaTable, columns: Sequence[str], parts: Filters, *, n_rows: int
) -> Iterator[pl.DataFrame]:
    """The rows of some partitions as the files have them, at most so many at once."""
    dataset = table.to_pyarrow_dataset(
        file_pruning_predicate=parts, filesystem=_folder(table)
    )
    for batch in dataset.to_batches(columns=list(columns), batch_size=n_rows):
        if batch.num_rows:
            yield pl.DataFrame(batch)


def _folder(table: DeltaTable) -> FileSystem | None:
    """The table's folder as Arrow itself reads it; None if it is in a bucket.

    Through the library's own Python object Arrow's threads may still ask for the
    interpreter while it ends, and abort the process.
    """
    scheme, _, path = table.table_uri.partition("://")
    if scheme != "file":
        return None
    return SubTreeFileSystem(unquote(path), LocalFileSystem())


@contextmanager
def told(url: str, way_out: str = REBUILD) -> Iterator[None]:
    """Turn what the library raises into one line that quotes no row."""
    try:
        yield
    except CommitFailedError:
        raise ConflictError(
            f"{url}: another run wrote the same rows at the same time, and nothing of "
            "this write was kept; run again"
        ) from None
    except (DeltaError, OSError, pl.exceptions.PolarsError) as error:
        told_of = BEFORE_DETAILS.split(COLOURS.sub("", str(error)))[0]
        reason = " ".join(told_of.split())[:MOST_LETTERS]
        raise TableError(f"{url} cannot be used: {reason}; {way_out}") from None


def check_columns(
    url: str, expected: Mapping[str, pl.DataType], found: Mapping[str, pl.DataType]
) -> None:
    """Refuse a table whose columns are not those expected, naming the first.

    Raises
    ------
    TableError
    """
    way_out = f"keep it in another folder or delete {url}"
    for name, dtype in expected.items():
        if name not in found:
            near = suggestion(name, found)
            raise TableError(f"{url} has no column {name}; {near}; {way_out}")
        if found[name] != dtype:
            raise TableError(
                f"{url}: expected column {name} as {dtype}, found {found[name]}; "
                f"{way_out}"
            )
    for name in found:
        if name not in expected:
            raise TableError(f"{url} has a column {name} of its own; {way_out}")
