from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from churn.features.declarations import Age, Attribute, Feature, Ratio, Recency
from churn.leaks.earlier import Moved
from churn.leaks.recency import (
    claims_time_since,
    lives,
    recency_in_time,
    recency_of_rows,
)
from tests.businesses import BUSINESS, PURCHASES, purchases

SINCE = Attribute(
    name="days_since_login",
    unit="days",
    meaning="As exported.",
    table="crm",
    column="days",
)
N = 100


def rows(values: list) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(values))],
            "days_since_login": pl.Series(values, dtype=pl.Float64),
        }
    )


def look(later: list, earlier: list, *, life: float = 1000):
    moved = Moved(rows(later), rows(earlier))
    life_days = pl.Series([life] * len(later))
    (seen,) = recency_in_time(moved, life_days, [SINCE], shift_days=30)
    return seen


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ([75.0] * N, [45.0] * N),  # quiet in between
        ([3.0] * N, [45.0] * N),  # active in between
        ([0.0] * N, [0.0] * N),  # active every day
        ([3.0] * N, [3.0] * N),  # active as long before both
        ([70.0] * N, [46.0] * N),  # measured up to a week before
        ([None] * N, [None] * N),  # never active
        ([40.0] * N, [None] * N),  # a late arrival
        ([-0.9] * N, [3.0] * N),  # rounded down
    ],
)
def test_days_that_may_end_at_the_snapshot_are_passed(later, earlier) -> None:
    assert not look(later, earlier).observed.value


def test_days_that_stand_still_were_measured_on_another_day() -> None:
    seen = look([45.0] * N, [45.0] * N)

    assert seen.observed.value == 1
    assert seen.words == (
        "did not grow in 30 days without an event in 100.0% of 100 rows that could "
        "show it"
    )


def test_only_rows_without_an_event_in_between_can_show_that_days_stand_still() -> None:
    seen = look([45.0] * 10 + [2.0] * 90, [45.0] * 10 + [2.0] * 90)

    assert (seen.observed.value, seen.observed.n) == (1, 10)


def test_negative_days_lie_after_the_snapshot() -> None:
    seen = look([-5.0] * 50 + [5.0] * 50, [5.0] * N)

    assert seen.observed.value == 0.5
    assert seen.words.startswith("is negative")


def test_nothing_happened_before_a_customers_first_event() -> None:
    seen = look([75.0] * N, [45.0] * N, life=60)

    assert seen.observed.value == 1
    assert seen.words.startswith("goes back before the customer's first event")


def test_a_single_row_can_show_negative_days_only() -> None:
    (seen,) = recency_of_rows(rows([-5.0, 5.0, 45.0, None]), [SINCE])

    assert seen.observed.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("name", "meaning", "unit", "claims"),
    [
        ("days_since_login", "x", "days", True),
        ("login_recency_days", "x", "days", True),
        ("gap_days", "How long they have been idle.", "days", True),
        ("payment_term_days", "Agreed days to pay.", "days", False),
        ("imago_days", "Days of agony.", "days", False),
        ("tenure_months", "Months since the start.", "months", False),
    ],
)
def test_who_counts_days_since_something_says_so(name, meaning, unit, claims) -> None:
    feature = Feature(name=name, unit=unit, meaning=meaning)

    assert claims_time_since(feature) is claims


def test_what_is_compiled_as_a_recency_is_one_and_a_rhythm_is_none() -> None:
    told = {"unit": "days", "meaning": "Time since the first."}

    assert claims_time_since(Recency(name="quiet", table="t", unit="h", meaning="x"))
    assert not claims_time_since(Age(name="age_days", table="t", **told))
    assert not claims_time_since(
        Ratio(name="each_days", numerator="a", denominator="b", **told)
    )


def test_a_life_begins_with_the_first_event_that_was_known() -> None:
    frames = {
        "purchases": purchases(
            (1, "a", "2024-01-11", "2024-01-11", 5, "web"),
            (2, "a", "2024-01-01", "2024-03-01", 5, "web"),
        ),
        "visits": purchases(
            (3, "a", "2024-01-21", "2024-01-21", 5, "web"),
            (4, "b", "2024-03-11", "2024-03-11", 5, "web"),
        ),
    }
    visited = replace(BUSINESS, tables={**BUSINESS.tables, "visits": PURCHASES})
    spine = pl.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "snapshot_date": [date(2024, 1, 31), date(2024, 3, 31), date(2024, 3, 31)],
        }
    )

    found = lives(visited, frames, spine)

    assert found.to_list() == [20.0, 90.0, 20.0]
