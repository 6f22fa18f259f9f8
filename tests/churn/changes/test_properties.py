"""Differences of properties in words."""

from hypothesis import given
from hypothesis import strategies as st

from churn.changes.properties import differences, pairs

VALUES = st.sampled_from(["", " ", "1", "x" * 60, "x" * 61, "x" * 60 + "y"])
PROPERTIES = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(PROPERTIES, PROPERTIES)
def test_nothing_is_said_exactly_where_nothing_differs(old, new):
    assert (differences(old, new) == "") == (old == new)


def test_a_long_value_is_cut():
    assert differences({"check": "x" * 99}, {}) == f"check {'x' * 59}… → none"


def test_names_of_both_sides_come_once_in_their_order():
    found = list(pairs({"a": 1, "b": 2}, {"c": 3, "a": 4}))

    assert found == [("a", 1, 4), ("b", 2, None), ("c", None, 3)]
