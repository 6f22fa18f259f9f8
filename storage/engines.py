"""The engine a configuration names, where the stack has it."""

from collections.abc import Mapping

from churn.errors import ConfigError
from churn.features.engine import DUCKDB, Engine, EnginePlan
from storage.spark import Spark

SPARK_URL = "HOLDFAST_SPARK_URL"


def open_engine(plan: EnginePlan, *, environ: Mapping[str, str]) -> Engine:
    """Find the engine; one that needs a session opens it at the first query.

    Raises
    ------
    ConfigError
        If it is Spark and the stack does not say where that is.
    """
    if plan.engine == "duckdb":
        return DUCKDB
    if not environ.get(SPARK_URL):
        msg = f"{SPARK_URL} is not set: features.engine is spark, and the stack file"
        raise ConfigError(f"{msg} names no spark among its stores")
    return Spark(environ[SPARK_URL])
