"""What runs a compiled query over frames. DuckDB, embedded, unless told otherwise."""

from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Protocol

import duckdb
import polars as pl


class Engine(Protocol):
    """Something that answers the queries features are compiled to."""

    @property
    def dialect(self) -> str:
        """Name of its SQL among sqlglot's dialects."""

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

    def run(self, sql: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Answer one query; what exceeds half the memory spills to a temporary disk."""
        with TemporaryDirectory(prefix="holdfast-") as spill:
            settings = {**SETTINGS, "temp_directory": spill}
            with duckdb.connect(config=dict(settings)) as connection:
                for name, frame in frames.items():
                    connection.register(name, frame.to_arrow())
                built: pl.DataFrame = connection.sql(sql).pl()
        return built


DUCKDB = DuckDb()
