"""Reading what configuration files hold strictly, with one-line errors."""

import math
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from churn.errors import ConfigError
from churn.naming import suggestion


def require_keys(found: Mapping[str, Any], keys: Collection[str], where: str) -> None:
    """Demand exactly these keys.

    Raises
    ------
    ConfigError
        For the first key that is unknown, else the first that is missing.
    """
    for key in found:
        if key not in keys:
            raise unknown(f"{where}: key", key, keys)
    for key in keys:
        if key not in found:
            raise ConfigError(f"{where}: key {key} is missing; add it")


def require_mapping(found: object, where: str) -> Mapping[str, Any]:
    """The entry itself, if it has keys and values.

    Raises
    ------
    ConfigError
    """
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: expected keys and values, found {found!r}")
    return found


def read_kind(found: object, kinds: Collection[str], where: str) -> tuple[str, str]:
    """The kind of an entry that has a name and a kind, and its place with the name.

    Raises
    ------
    ConfigError
        If it is no such entry, or of a kind that does not exist.

    Examples
    --------
    >>> read_kind({"name": "flow", "kind": "floor"}, ["floor"], "policy p, check 1")
    ('floor', 'policy p, check 1 (flow)')
    """
    entry = require_mapping(found, where)
    if "name" in entry:
        where = f"{where} ({read_text(entry, 'name', where)})"
    kind = read_text(entry, "kind", where) if "kind" in entry else "no kind"
    if kind not in kinds:
        raise unknown(f"{where}: kind", kind, kinds)
    return kind, where


def refuse_repeated(names: Sequence[str], what: str, where: str) -> None:
    """Demand that no two of them, which are ``what``, have one name.

    Raises
    ------
    ConfigError
    """
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{where}: two {what} are named {name}; rename one")


def read_text(found: Mapping[str, Any], key: str, where: str) -> str:
    """A text that is not blank."""
    value = found[key]
    if not isinstance(value, str) or not value.strip():
        raise wrong(where, key, value, "a text")
    return value.strip()


def read_choice(
    found: Mapping[str, Any], key: str, valid: tuple[str, ...], where: str
) -> Any:
    """One of a few texts."""
    if found[key] not in valid:
        raise wrong(where, key, found[key], " or ".join(valid))
    return found[key]


def read_number(
    found: Mapping[str, Any], key: str, where: str, lowest: float, highest: float
) -> float:
    """A number within bounds, both included.

    Raises
    ------
    ConfigError
    """
    value = found[key]
    if not is_number(value) or not lowest <= value <= highest:
        raise wrong(where, key, value, f"a number from {lowest:g} to {highest:g}")
    return float(value)


def read_whole(found: Mapping[str, Any], key: str, where: str, lowest: int) -> int:
    """A whole number, at least ``lowest``.

    Raises
    ------
    ConfigError
    """
    value = read_number(found, key, where, lowest, math.inf)
    if value != int(value):
        raise wrong(where, key, value, "a whole number")
    return int(value)


def read_bound(
    found: Mapping[str, Any],
    key: str,
    bounds: Mapping[str, float],
    possible: tuple[float, float],
    where: str,
) -> float:
    """A number, given outright or by the name of one of the data set's bounds.

    Raises
    ------
    ConfigError
        If the data set does not give it, or it lies outside what is possible.
    """
    stated = found[key]
    is_name = isinstance(stated, str)
    if is_name and stated not in bounds:
        raise unknown(
            f"{where}: {key} names a bound the data set lacks,", stated, bounds
        )
    value = bounds[stated] if is_name else stated
    lowest, highest = possible
    name = f"{key} ({stated})" if is_name else key
    if not is_number(value) or not lowest <= value <= highest:
        raise wrong(where, name, value, f"a number from {lowest:g} to {highest:g}")
    return float(value)


def is_number(value: object) -> bool:
    """Whether a YAML value is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max


def wrong(where: str, key: str, found: object, expected: str) -> ConfigError:
    """An error for a value that cannot be."""
    return ConfigError(f"{where}: {key} must be {expected}, found {found!r}")


def unknown(what: str, found: object, valid: Collection[str]) -> ConfigError:
    """An error for a name that does not exist, with the nearest that does.

    Examples
    --------
    >>> str(unknown("kind", "flor", ["floor", "ceiling"]))
    "kind 'flor' is unknown; nearest is floor"
    """
    return ConfigError(f"{what} {found!r} is unknown; {suggestion(str(found), valid)}")
