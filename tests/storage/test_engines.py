import pytest

from churn.errors import ConfigError
from churn.features.engine import DUCKDB, EnginePlan
from storage.engines import SPARK_URL, open_engine


def test_duckdb_needs_nothing_of_the_stack():
    assert open_engine(EnginePlan("duckdb"), environ={}) is DUCKDB


def test_spark_is_where_the_stack_says():
    engine = open_engine(EnginePlan("spark"), environ={SPARK_URL: "sc://host:15002"})

    assert (engine.dialect, engine.address) == ("spark", "sc://host:15002")


def test_spark_without_an_address_is_refused_before_anything_is_computed():
    with pytest.raises(ConfigError, match="names no spark among its stores"):
        open_engine(EnginePlan("spark"), environ={})
