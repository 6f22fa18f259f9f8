"""`${NAME}` in a stack file: a value of the environment, or the default after `:-`."""

import re
from collections.abc import Mapping
from typing import Any

from churn.errors import ConfigError

PLACEHOLDER = re.compile(r"\$\{([^}]*?)(?::-([^}]*))?\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def fill(raw: dict[str, Any], values: Mapping[str, str], where: str) -> dict[str, Any]:
    """Put the values in; a key whose value comes out empty that way is left out.

    A variable that is set to nothing counts as one that is not set, as in a shell.

    Raises
    ------
    ConfigError
        Naming each variable that has neither a value nor a default.
    """
    found = placeholders(raw)
    _check_names([name for name, _ in found], where)
    missing = sorted({n for n, other in found if other is None and not values.get(n)})
    if missing:
        raise ConfigError(
            f"{where}: the environment lacks {', '.join(missing)}; set "
            f"{'it' if len(missing) == 1 else 'them'}, comments in the file say to what"
        )
    filled: dict[str, Any] = _filled(raw, values)
    return filled


def _check_names(names: list[str], where: str) -> None:
    for name in names:
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"{where}: ${{{name}}} is no variable; expected ${{NAME}} or "
                "${NAME:-default}"
            )


def placeholders(value: object) -> list[tuple[str, str | None]]:
    """Each placeholder below a value: its name, and its default where it has one."""
    if isinstance(value, str):
        return [(match[1], match[2]) for match in PLACEHOLDER.finditer(value)]
    if isinstance(value, dict):
        return placeholders(list(value.values()))
    if isinstance(value, list):
        return [found for item in value for found in placeholders(item)]
    return []


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda m: values.get(m[1]) or m[2] or "", value)
    if isinstance(value, dict):
        filled = {key: _filled(item, values) for key, item in value.items()}
        return {key: new for key, new in filled.items() if new != "" or not value[key]}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value
