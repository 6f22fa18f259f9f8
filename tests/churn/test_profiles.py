import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churn.profiles import (
    MOST_CATEGORIES,
    category_profile,
    number_profile,
    profiles_of,
    same_bins,
)

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1)


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
