import pytest

from churn.errors import DeclarationError
from churn.features.compile import compile_features
from tests.businesses import FEATURES, PURCHASES, windowed

TABLES = {"purchases": PURCHASES}


def test_a_sum_of_floats_is_refused_because_row_order_would_change_it() -> None:
    with pytest.raises(DeclarationError, match="sums 'share' of type Float64"):
        compile_features(
            [windowed("bad", "sum", column="share")], TABLES, dialect="duckdb"
        )


def test_both_time_axes_stand_in_the_compiled_query() -> None:
    sql = compile_features(FEATURES, TABLES, dialect="duckdb")

    assert "GREATEST(event_us, known_us) AS from_us" in sql
    assert "e.from_us <= s.snapshot_us" in sql


def test_a_pipeline_of_declarations_compiles_to_spark_too() -> None:
    sql = compile_features(FEATURES, TABLES, dialect="spark")

    assert "`cents_30d`" in sql
