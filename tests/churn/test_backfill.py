from datetime import UTC, date, datetime

import pytest
from polars.testing import assert_frame_equal

from churn.backfill import (
    DateRange,
    asked_dates,
    grid_dates,
)
from churn.eligibility import feature_rows
from churn.errors import ConfigError, NotEnoughDataError
from churn.snapshots import (
    SnapshotPlan,
    build_snapshots,
)
from tests.businesses import BUSINESS, moment, purchases

PLAN = SnapshotPlan(date(2024, 2, 1), 10, lead_time_days=10, horizon_days=20)
OPEN = DateRange(None, None)
DAYS = [date(2024, 2, 1), date(2024, 2, 11), date(2024, 2, 21)]
FRAMES = {
    "purchases": purchases(
        (1, "a", "2024-01-20", "2024-01-20", 100, "web"),
        (2, "b", "2024-02-05", "2024-02-05", 200, "web"),
        (3, "a", "2024-02-15", "2024-02-18", 300, "shop"),
        (3, "a", "2024-02-15", "2024-02-20", 50, "shop"),
    )
}


@pytest.mark.parametrize(
    ("as_of", "n_dates"),
    [("2024-01-31", 0), ("2024-02-01", 1), ("2024-02-20", 2), ("2024-02-21", 3)],
)
def test_a_date_is_on_the_grid_from_its_midnight_on(as_of: str, n_dates: int) -> None:
    assert grid_dates(PLAN, as_of=moment(as_of)) == DAYS[:n_dates]


def test_dates_need_not_have_matured() -> None:
    assert asked_dates(PLAN, OPEN, as_of=moment("2024-02-22")) == DAYS


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2024, 2, 2), None, DAYS[1:]),
        (None, date(2024, 2, 11), DAYS[:2]),
        (date(2024, 2, 11), date(2024, 2, 11), DAYS[1:2]),
    ],
)
def test_a_range_holds_both_its_ends(
    first: date | None, last: date | None, expected: list[date]
) -> None:
    found = asked_dates(PLAN, DateRange(first, last), as_of=moment("2024-02-22"))

    assert found == expected


def test_a_range_without_a_date_names_those_there_are() -> None:
    with pytest.raises(NotEnoughDataError, match="2024-02-01 to 2024-02-21, every 10"):
        asked_dates(PLAN, DateRange(date(2024, 3, 1), None), as_of=moment("2024-02-25"))


def test_too_early_a_moment_has_no_date_at_all() -> None:
    with pytest.raises(NotEnoughDataError, match="none by 2024-01-01"):
        asked_dates(PLAN, OPEN, as_of=datetime(2024, 1, 1, tzinfo=UTC))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^dates\.first: expected a day up to"):
        DateRange(date(2024, 2, 2), date(2024, 2, 1))


@pytest.mark.parametrize("n_stored", [0, 1, 2, 3])
def test_stored_rows_give_the_same_snapshots_to_the_bit(n_stored: int) -> None:
    as_of = moment("2024-03-25")
    stored = feature_rows(BUSINESS, FRAMES, DAYS[:n_stored])

    without = build_snapshots(BUSINESS, FRAMES, PLAN, as_of=as_of)
    with_stored = build_snapshots(BUSINESS, FRAMES, PLAN, as_of=as_of, stored=stored)

    assert without["snapshot_date"].n_unique() == 3
    assert_frame_equal(with_stored, without)


def test_stored_rows_are_what_is_used() -> None:
    stored = feature_rows(BUSINESS, FRAMES, DAYS).with_columns(mean_cents=77.0)

    built = build_snapshots(
        BUSINESS, FRAMES, PLAN, as_of=moment("2024-03-25"), stored=stored
    )

    assert set(built["customer_value"]) == {0.77}
