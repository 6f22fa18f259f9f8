import pytest

from churn.errors import ConfigError
from cli.stacks.placeholders import fill, placeholders


def test_a_variable_without_a_value_takes_its_default():
    raw = {"a": "${A:-x y}-${B}", "deep": [{"c": "${C:-local[*]}"}], "d": 1}

    filled = fill(raw, {"B": "b"}, "s.yaml")

    assert filled == {"a": "x y-b", "deep": [{"c": "local[*]"}], "d": 1}


def test_a_value_wins_over_the_default():
    assert fill({"a": "${A:-x}"}, {"A": "told"}, "s.yaml") == {"a": "told"}


def test_a_key_whose_value_comes_out_empty_is_left_out():
    raw = {"a": {"image": "${A:-}", "kept": ""}, "b": ["${A:-}"]}

    assert fill(raw, {}, "s.yaml") == {"a": {"kept": ""}, "b": [""]}


def test_a_variable_set_to_nothing_is_one_that_is_missing():
    with pytest.raises(ConfigError, match="lacks A, C; set them"):
        fill({"c": "${C}", "a": "${A}", "b": "${B:-}"}, {"A": ""}, "s.yaml")


def test_what_is_no_name_is_refused():
    with pytest.raises(ConfigError, match=r"\$\{A-B\} is no variable; expected"):
        fill({"a": "${A-B}"}, {"A-B": "x"}, "s.yaml")


def test_every_placeholder_is_found_with_its_default():
    raw = {"a": "${A}${B:-}", "b": [{"c": "${C:-d}"}]}

    assert placeholders(raw) == [("A", None), ("B", ""), ("C", "d")]
