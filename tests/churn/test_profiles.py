import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.errors import DataError
from churn.profiles import (
    MOST_CATEGORIES,
    category_profile,
    count_numbers,
    merged_profile,
    number_profile,
    profiles_of,
    same_bins,
)

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1)


@settings(max_examples=40)
@given(reference=NUMBERS, current=NUMBERS)
def test_every_number_is_counted_once(
    reference: list[float], current: list[float]
) -> None:
    profile = number_profile(np.array(reference))

    for found, values in (
        (profile, reference),
        (same_bins(profile, np.array(current)), current),
    ):
        assert found.n == len(values) == sum(found.counts) + found.missing
        assert len(found.counts) == len(found.edges) + 1


def test_bins_hold_equal_counts_of_the_reference() -> None:
    profile = number_profile(np.arange(1000.0))

    assert all(abs(count - 100) <= 1 for count in profile.counts)
    assert profile.edges[0] == 99


def test_a_shift_moves_the_counts_into_the_last_bin() -> None:
    profile = number_profile(np.arange(1000.0))

    assert same_bins(profile, np.arange(1000.0) + 900).counts[-1] == 1000


def test_categories_are_counted_with_missing_and_unseen_apart() -> None:
    profile = category_profile(np.array(["a", "b", "b", ""], dtype=object))

    later = same_bins(profile, np.array(["b", "new", "", "a"], dtype=object))

    assert (later.categories, later.counts) == (["b", "a"], [1, 1])
    assert (later.missing, later.other) == (1, 1)


def test_rare_categories_beyond_the_limit_are_other() -> None:
    many = np.array([f"c{k}" for k in range(MOST_CATEGORIES + 5)], dtype=object)

    assert category_profile(many).other == 5


def test_features_and_score_are_profiled_by_their_type() -> None:
    columns = {"x": np.array([1.0, 2.0], np.float32), "c": np.array(["a", ""], object)}

    profiles = profiles_of(columns, np.array([0.1, 0.9]))

    assert [p.kind for p in profiles.features.values()] == ["number", "category"]
    assert profiles.score.n == 2


@settings(max_examples=40)
@given(
    values=st.lists(st.floats(width=32), max_size=30),
    edges=st.lists(st.floats(allow_nan=False), max_size=9, unique=True),
)
def test_numbers_are_counted_where_looking_each_up_would_put_them(
    values: list[float], edges: list[float]
) -> None:
    column, cuts = np.array(values, dtype=np.float32), sorted(edges)

    found = count_numbers(column, cuts)

    present = column[~np.isnan(column)].astype(np.float64)
    places = np.searchsorted(np.array(cuts, float), present, side="left")
    expected = np.bincount(places, minlength=len(cuts) + 1)
    assert found.counts == expected.tolist()
    assert found.missing == len(values) - len(present)


@settings(max_examples=40)
@given(parts=st.lists(st.lists(st.floats(-9, 9) | st.just(float("nan"))), min_size=1))
def test_profiles_of_parts_are_together_that_of_the_whole(
    parts: list[list[float]],
) -> None:
    first = number_profile(np.array([-3.0, 0.0, 1.0, 5.0]))

    together = merged_profile([same_bins(first, np.array(part)) for part in parts])

    assert together == same_bins(first, np.concatenate(parts))


def test_profiles_in_other_bins_are_not_merged() -> None:
    profiles = [number_profile(np.array([1.0, 2.0])), number_profile(np.array([3.0]))]

    with pytest.raises(DataError, match="same bins, found others"):
        merged_profile(profiles)
    with pytest.raises(DataError, match="found none"):
        merged_profile([])
