"""Apache Spark as the engine of features, for when one machine is outgrown.

A master (``local[*]``, ``spark://HOST:PORT``) or a Spark Connect address
(``sc://HOST:PORT``). The queries are the same declarations compiled for Spark, and
the rows are the same to the bit. Tables and results travel through this process,
as they do for every step; the joins and windows between them are Spark's.
"""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from tempfile import gettempdir
from typing import TYPE_CHECKING

import polars as pl

from churn.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.app.name": "holdfast",
    "spark.driver.maxResultSize": "0",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}
# What a session of our own needs besides; a cluster's are its keeper's to set.
LOCAL_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    # It would make a folder where we stand.
    "spark.sql.warehouse.dir": f"{gettempdir()}/holdfast-spark",
}
MISSING = (
    "features.engine is spark, but PySpark is not installed; "
    "run `make setup-spark`, or use features.engine=duckdb"
)


class Spark:
    """A Spark session, opened at the first query and kept."""

    dialect = "spark"
    most_rows = None

    def __init__(self, address: str) -> None:
        self.address = address
        self._session: SparkSession | None = None

    def close(self) -> None:
        """End the session, if one was opened."""
        if self._session is not None:
            self._session.stop()
            self._session = None

    def run(self, sql: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
        """Answer one query over frames by name.

        Raises
        ------
        EngineError
            If Spark cannot be reached, or gives up on the query.
        """
        session = self._opened()
        from pyspark.errors import PySparkException

        try:
            return _answer(session, sql, frames)
        except PySparkException as error:
            raise EngineError(
                f"Spark at {self.address}: {_first_line(error)}"
            ) from None

    def _opened(self) -> "SparkSession":
        if self._session is None:
            self._session = _open(self.address)
        return self._session


def _answer(
    session: "SparkSession", sql: str, frames: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    with ExitStack() as views:
        for name, frame in frames.items():
            session.createDataFrame(frame.to_arrow()).createOrReplaceTempView(name)
            views.callback(session.catalog.dropTempView, name)
        answer = pl.from_arrow(session.sql(sql).toArrow())
    if not isinstance(answer, pl.DataFrame):
        msg = "a query yields a table"
        raise TypeError(msg)
    return answer


def _open(address: str) -> "SparkSession":
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise EngineError(MISSING) from None
    # It tells of its connection's end when the console has closed already.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    builder = SparkSession.builder
    is_remote = address.startswith("sc://")
    builder = builder.remote(address) if is_remote else builder.master(address)
    settings = SETTINGS if is_remote else SETTINGS | LOCAL_SETTINGS
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
        session.sql("SELECT 1").collect()
    except (PySparkException, OSError) as error:
        raise EngineError(
            f"no Spark at {address}: {_first_line(error)}; it needs Java 17 or newer, "
            "and stores.spark in the stack's file says where it is"
        ) from None
    return session


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
