import polars as pl
import pytest

from churn.features.engine import DUCKDB
from churn.features.history import counts_at, history_parts, in_window
from tests.businesses import PURCHASES

DAY_US = 86_400_000_000


def history(*rows: tuple[int, int, int, int]) -> pl.DataFrame:
    """Rows of event_id, event_us, known_us, cents with when each counts."""
    columns = ["event_id", "event_us", "known_us", "cents"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        customer_id=pl.lit("a"),
        known_at=pl.lit(0),
        event_time=pl.lit(0),
        share=pl.lit(0.0),
        shop=pl.lit("web"),
    )
    parts = history_parts("t", PURCHASES)
    ctes = ", ".join(f"{name} AS ({sql})" for name, sql in parts)
    sql = f"WITH {ctes} SELECT cents, from_us, until_us FROM t__history ORDER BY cents"
    return DUCKDB.run(sql, {"t": frame})


def test_a_row_counts_from_the_later_of_its_two_times():
    assert history((1, 5, 9, 0), (2, 9, 5, 1))["from_us"].to_list() == [9, 9]


def test_a_row_counts_until_a_correction_becomes_known():
    assert history((1, 5, 5, 0), (1, 5, 8, 1))["until_us"].to_list() == [8, None]


def test_a_correction_that_names_a_future_time_changes_nothing_before_that_time():
    assert history((1, 5, 5, 0), (1, 50, 8, 1))["until_us"].to_list() == [50, None]


def test_the_first_visible_of_several_corrections_ends_a_row():
    rows = history((1, 5, 5, 0), (1, 50, 8, 1), (1, 5, 20, 2))

    assert rows["until_us"].to_list() == [20, 20, None]


def test_of_rows_known_at_the_same_instant_the_greatest_by_values_counts():
    for rows in ([(1, 5, 5, 7), (1, 5, 5, 3)], [(1, 5, 5, 3), (1, 5, 5, 7)]):
        assert history(*rows)["until_us"].to_list() == [5, None]


@pytest.mark.parametrize(("moment", "counts"), [(8, False), (9, True), (10, True)])
def test_counting_begins_at_its_instant(moment, counts):
    rule = counts_at(PURCHASES, "r", str(moment))

    answer = DUCKDB.run(f"SELECT {rule} AS v FROM r", {"r": history((1, 5, 9, 0))})

    assert answer["v"].to_list() == [counts]


def test_a_window_of_a_day_leaves_out_its_first_instant():
    sql = f"SELECT {in_window('r', str(DAY_US), 1)} AS v FROM r ORDER BY event_us"

    answer = DUCKDB.run(sql, {"r": pl.DataFrame({"event_us": [0, 1]})})

    assert answer["v"].to_list() == [False, True]
