from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.errors import DataError
from churn.monitoring.day import UNNAMED, DayProfile, merged
from tests.day_rows import DAY, assert_alike, counted, quiet_days
from tests.snapshot_rows import rows

DAYS = quiet_days(5, 60)


@settings(max_examples=20)
@given(order=st.permutations(range(5)), cut=st.integers(1, 4))
def test_days_merge_to_the_same_in_any_order_and_grouping(
    order: list[int], cut: int
) -> None:
    days = [DAYS[k] for k in order]

    in_parts = merged([merged(days[:cut]), merged(days[cut:])])

    assert_alike(in_parts, merged(DAYS))


def test_a_window_is_what_counting_all_its_rows_at_once_gives() -> None:
    frame = rows(300, seed=9)
    parts = [counted(frame[:120]), counted(frame[120:])]

    assert_alike(merged(parts), counted(frame))


def test_customers_seen_every_day_are_counted_once() -> None:
    window = merged(DAYS)

    assert window.n == 300
    assert window.n_effective == window.customers.n_customers == 60


def test_rows_of_nobody_known_each_count() -> None:
    frame = rows(50, seed=1)

    profile = counted(frame, customers=[None] * 20 + ["same"] * 30)

    assert profile.quality[UNNAMED] == 20
    assert profile.n_effective == 21


def test_a_merged_profile_is_of_the_first_day() -> None:
    assert merged(DAYS[::-1]).day == DAY
    assert DAYS[-1].day == DAY + timedelta(days=4)


def test_days_of_two_bundles_are_not_merged() -> None:
    other = DayProfile(**(vars(DAYS[0]) | {"bundle_sha256": "other"}))

    with pytest.raises(DataError, match="found 2, whose bins differ"):
        merged([DAYS[0], other])


def test_no_day_is_nothing_to_merge() -> None:
    with pytest.raises(DataError, match="nothing was scored"):
        merged([])
