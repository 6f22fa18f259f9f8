from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.config import assign, parse, parse_date, read_named


@dataclass(frozen=True)
class Inner:
    first: date
    n: int


@dataclass(frozen=True)
class Outer:
    inner: Inner | None
    names: list[str]
    share: float


GOOD = {"inner": {"first": "2024-01-31", "n": 3}, "names": ["a"], "share": 1}


def test_plain_data_become_the_records_they_describe() -> None:
    parsed = parse(GOOD, Outer, "x.yaml")

    assert parsed == Outer(Inner(date(2024, 1, 31), 3), ["a"], 1.0)


def test_an_optional_record_may_be_absent() -> None:
    assert parse(GOOD | {"inner": None}, Outer, "x.yaml").inner is None


def test_a_key_that_may_be_nothing_may_be_left_out() -> None:
    parsed = parse({"names": [], "share": 0}, Outer, "x.yaml")

    assert parsed == Outer(None, [], 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nmes": []}, "x.yaml: unknown key 'nmes'; nearest is names"),
        ({"inner": {"frist": 1}}, "x.yaml: inner: unknown key 'frist'; nearest is fi"),
        ({"inner": {"n": 1}}, "x.yaml: inner: missing key 'first'"),
        ({"inner": {"first": "2024-01-31"}}, "x.yaml: inner: missing key 'n'"),
        ({"inner": 5}, "x.yaml: inner: expected keys first, n, found 5"),
        ({"share": "much"}, "x.yaml: share: Expected `float`, got `str`; found 'much'"),
        ({"inner": {"first": "31.1.", "n": 1}}, "x.yaml: inner: first: Invalid"),
        ({"components": {}}, "x.yaml: unknown key 'components'; it belongs in config"),
    ],
)
def test_whatever_is_not_declared_is_refused_by_name(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        parse(GOOD | change, Outer, "x.yaml")

    assert str(error.value).startswith(message)


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "training.yaml").write_text("a: 1")

    with pytest.raises(
        ConfigError, match="unknown pipeline 'trainin'.*nearest is train"
    ):
        read_named(tmp_path, "trainin", "pipeline")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("search.trials=5", 5), ("search.trials=null", None), ("search.trials=[1]", [1])],
)
def test_a_setting_replaces_one_value_read_as_yaml(setting: str, value: object) -> None:
    document = {"search": {"trials": 20, "folds": 3}}

    assign(document, setting)

    assert document == {"search": {"trials": value, "folds": 3}}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("search.trails=5", "unknown key 'trails' in 'search'; nearest is trials"),
        ("serch.trials=5", "unknown key 'serch'; nearest is search"),
        ("search.trials.x=5", "unknown key 'x' in 'search.trials'"),
        ("search.trials", "expected path.to.key=value"),
        ("search.trials=[", "search.trials=[: not valid YAML"),
        ("search.trials={a: 1, a: 2}", "key given twice after line 1: a"),
        ("search.trials=2030-13-45", "a value that cannot be: month must be in 1..12"),
        ("search.trials=2030-02-30", "a value that cannot be: day"),
    ],
)
def test_a_setting_that_names_nothing_is_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match="--set search|--set serch") as error:
        assign({"search": {"trials": 20}}, setting)

    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_date_names_the_option() -> None:
    with pytest.raises(ConfigError, match="--as-of '31.1.' is not a date; expected Y"):
        parse_date("31.1.", "--as-of")
