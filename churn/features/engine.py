"""What runs a compiled query over frames. DuckDB, embedded, unless told otherwise."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

import duckdb
import polars as pl

from churn.errors import DataError


@dataclass(frozen=True)
class EnginePlan:
    """Which engine computes the features; all give the same bits."""

    engine: Literal["duckdb", "spark"]


class Engine(Protocol):
    """Something that answers the queries features are compiled to."""

    @property
    def dialect(self) -> str:
        """Name of its SQL among sqlglot's dialects."""

    @property
    def most_rows(self) -> int | None:
        """Snapshots it is best asked for at once; None: any number."""

    def run(self, sql: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Answer one query over frames by name."""


# The other half is the frames', which stand in memory before and after.
SETTINGS: Mapping[str, str] = {
    "enable_external_access": "false",
    "memory_limit": "50%",
    "preserve_insertion_order": "false",
}


class DuckDb:
    """DuckDB in memory; nothing outside the given frames can be read."""

    dialect = "duckdb"
    most_rows: int | None = 2_000_000

    def run(self, sql: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Answer one query; what exceeds half the memory spills to a temporary disk.

        Raises
        ------
        DataError
            If a whole number grows beyond 64 bits.
        """
        with TemporaryDirectory(prefix="holdfast-") as spill:
            settings = {**SETTINGS, "temp_directory": spill}
            with duckdb.connect(config=dict(settings)) as connection:
                # Else conditions on times would read them in the machine's zone.
                connection.execute("SET TimeZone = 'UTC'")
                # In a notebook it cannot be switched off, nor does it appear.
                with suppress(duckdb.InvalidInputException):
                    connection.execute("SET enable_progress_bar = false")
                for name, frame in frames.items():
                    connection.register(name, frame.to_arrow())
                return _answer(connection, sql)


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    try:
        answer: pl.DataFrame = connection.sql(sql).pl()
    except duckdb.OutOfRangeException as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"a feature does not fit into 64 bits: {reason}; use a larger unit"
        ) from None
    return answer


DUCKDB = DuckDb()
