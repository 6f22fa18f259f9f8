"""Reading configuration without forgiveness: every surprise is one line of text."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from churn.errors import ConfigError
from churn.naming import suggestion

KINDS = {
    bool: "true or false",
    dict: "a mapping",
    float: "a number",
    int: "an integer",
    list: "a list",
    str: "text",
}


class _Loader(yaml.SafeLoader):
    """YAML, but a key given twice is an error instead of a silent last word."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 (as the parent has it)
    ) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            line = node.start_mark.line + 1
            raise ConfigError(f"key given twice after line {line}: {', '.join(twice)}")
        return super().construct_mapping(node, deep=deep)


def read_yaml(text: str) -> Any:
    """Parse YAML as in a file; the error is one line and does not say where.

    Raises
    ------
    ConfigError
        For what is not YAML, a key given twice or a date that is in no calendar.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise ConfigError(f"not valid YAML: {problem}") from None
    # PyYAML lets through what Python says of a date, a number or a tagged value.
    except (ArithmeticError, AttributeError, LookupError, ValueError) as error:
        raise ConfigError(f"a value that cannot be: {error}") from None


def read_mapping(path: Path) -> dict[str, Any]:
    """Parse a YAML file that must hold one mapping; an empty file is an empty one."""
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return expect({} if content is None else content, dict, str(path))


def expect(value: object, kind: type, where: str) -> Any:
    """Return `value` if it is of the kind, else say what was expected and found.

    A bool is no integer here, and an integer is a fine number.
    """
    allowed = (int, float) if kind is float else (kind,)
    if isinstance(value, allowed) and (kind is bool or not isinstance(value, bool)):
        return value
    found = "nothing" if value is None else f"{type(value).__name__} {value!r}"
    raise ConfigError(f"{where}: expected {KINDS[kind]}, found {found}")


def check_keys(
    found: Collection[object],
    allowed: Collection[str],
    where: str,
    *,
    elsewhere: Mapping[str, str],
) -> None:
    """Refuse the first key that is not allowed, naming its home or the nearest one."""
    for key in found:
        if key in elsewhere:
            raise ConfigError(f"{where}: {key!r} belongs in {elsewhere[str(key)]}")
        if key not in allowed:
            near = suggestion(str(key), allowed)
            raise ConfigError(f"{where}: unknown key {key!r}; {near}")
