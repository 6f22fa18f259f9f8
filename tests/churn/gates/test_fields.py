import pytest

from churn.errors import ConfigError
from churn.gates.fields import is_number, read_bound, require_keys


def test_keys_must_be_exactly_those_required():
    require_keys({"a": 1, "b": 2}, ("a", "b"), "here")

    with pytest.raises(ConfigError, match="here: key b is missing"):
        require_keys({"a": 1}, ("a", "b"), "here")
    with pytest.raises(ConfigError, match="here: key 'c' is unknown"):
        require_keys({"a": 1, "b": 2, "c": 3}, ("a", "b"), "here")


@pytest.mark.parametrize("value", [0, 1])
def test_the_ends_of_a_range_are_possible(value):
    assert read_bound({"bound": value}, "bound", {}, (0.0, 1.0), "here") == value


def test_true_and_text_are_no_numbers():
    assert [is_number(v) for v in (1, 0.5, True, "1", None)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_not_a_number_is_no_bound():
    with pytest.raises(ConfigError, match="from 0 to 1, found nan"):
        read_bound({"bound": float("nan")}, "bound", {}, (0.0, 1.0), "here")
