import pytest

from churn.errors import ConfigError
from cli.strict import check_keys, expect, read_mapping


def test_file_is_read_as_its_mapping(tmp_path):
    (tmp_path / "a.yaml").write_text("one: 1\ntwo: {three: [3]}\n")

    assert read_mapping(tmp_path / "a.yaml") == {"one": 1, "two": {"three": [3]}}


def test_empty_file_is_an_empty_mapping(tmp_path):
    (tmp_path / "a.yaml").write_text("# nothing yet\n")

    assert read_mapping(tmp_path / "a.yaml") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one: 1\none: 2\n", r"key given twice after line 1: one"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", r"key given twice after line 2: b"),
        ("- one\n", r"expected a mapping, found list \['one'\]"),
        ("one: [1\n", "not valid YAML"),
        ("one: 2030-13-45\n", "a value that cannot be: month must be in 1..12"),
        ("2030-13-45: one\n", "a value that cannot be: month must be in 1..12"),
        ("one: !!int ''\n", "a value that cannot be: string index out of range"),
        ("one: !!timestamp soon\n", "a value that cannot be: "),
        ("one: !!python/object:os.system {}\n", "not valid YAML"),
    ],
)
def test_unusable_file_is_one_line_that_names_the_file(tmp_path, text, problem):
    (tmp_path / "a.yaml").write_text(text)

    with pytest.raises(ConfigError, match=rf"a\.yaml: {problem}") as caught:
        read_mapping(tmp_path / "a.yaml")

    assert "\n" not in str(caught.value)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"a\.yaml: cannot be read: .*No such file"):
        read_mapping(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1, int), (1, float), (1.5, float), (True, bool), ("x", str), ({}, dict)],
)
def test_value_of_the_expected_kind_is_returned(value, kind):
    assert expect(value, kind, "here") is value


@pytest.mark.parametrize(
    ("value", "kind", "problem"),
    [
        (True, int, "expected an integer, found bool True"),
        (True, float, "expected a number, found bool True"),
        (1, bool, "expected true or false, found int 1"),
        ("1", int, "expected an integer, found str '1'"),
        (None, str, "expected text, found nothing"),
    ],
)
def test_value_of_another_kind_is_refused_with_what_was_found(value, kind, problem):
    with pytest.raises(ConfigError, match=f"here: {problem}"):
        expect(value, kind, "here")


def test_unknown_key_is_refused_with_the_nearest_one():
    with pytest.raises(ConfigError, match="here: unknown key 'setings'.*settings"):
        check_keys(["stores", "setings"], ["settings", "stores"], "here", elsewhere={})


def test_key_of_another_file_is_refused_with_its_home():
    with pytest.raises(ConfigError, match="'model' belongs in configs/pipelines"):
        check_keys(["model"], [], "here", elsewhere={"model": "configs/pipelines"})
