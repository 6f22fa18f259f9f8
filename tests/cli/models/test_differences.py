import pytest

from cli.models.differences import first_difference


@pytest.mark.parametrize(
    ("stored", "derived", "told"),
    [
        ({"a": 1, "b": {"c": [1, 2]}}, {"a": 1, "b": {"c": [1, 2]}}, None),
        ({"a": 1, "b": 2}, {"a": 0, "b": 3}, "a: stored 1, derived 0"),
        (
            {"b": {"c": [{"d": 1}]}},
            {"b": {"c": [{"d": 2}]}},
            "b.c[0].d: stored 1, derived 2",
        ),
        ({"a": [1]}, {"a": [1, 2]}, "a: stored 1 entries, derived 2"),
        ({"a": 1}, {}, "a: stored 1, derived nothing"),
        ({}, {"a": "x"}, "a: stored nothing, derived 'x'"),
        ({"a": None}, {"a": 0.5}, "a: stored nothing, derived 0.5"),
        ({"a": 1}, {"a": True}, "a: stored 1, derived True"),
        ({"a": 34946.37154009936}, {"a": 34946.37154009941}, None),
        ({"a": 0.5}, {"a": 0.5000001}, "a: stored 0.5, derived 0.5000001"),
        ({"a": {"b": 1}}, {"a": [1]}, "a: stored {'b': 1}, derived [1]"),
    ],
)
def test_the_first_difference_is_told_by_its_path(stored, derived, told):
    assert first_difference(stored, derived) == told
