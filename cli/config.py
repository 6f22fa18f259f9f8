"""Configuration files, read strictly and merged into one document.

ZenML swallows unknown keys; here each is an error that names the file, the key
and the nearest valid one, before anything is created.
"""

import dataclasses
import types
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from churn.errors import ConfigError
from churn.naming import suggestion
from cli.strict import read_mapping, read_yaml

PLACES = {
    "components": "configs/stacks",
    "stores": "configs/stacks",
    "settings": "configs/stacks",
    "steps": "configs/stacks",
    "server": "configs/stacks",
    "environment": "configs/stacks",
    "secrets": "configs/stacks",
    "model": "configs/pipelines",
    "search": "configs/pipelines",
    "calibration": "configs/pipelines",
    "evaluation": "configs/pipelines",
    "dates": "configs/pipelines",
    "load": "configs/pipelines",
    "scoring": "configs/pipelines",
    "max_quarantined_share": "configs/pipelines",
    "simulation": "configs/datasets",
    "snapshots": "configs/datasets",
    "time_split": "configs/datasets",
    "stratified_split": "configs/datasets",
    "economics": "configs/datasets",
    "bounds": "configs/datasets",
    "policy": "configs/datasets",
    "rollout": "configs/datasets",
    "retraining": "configs/datasets",
    "checks": "configs/policies",
    "phases": "configs/rollouts",
    "rules": "configs/retraining",
    "limits": "configs/retraining",
    "confirm_seconds": "configs/pipelines",
    "outcomes": "configs/pipelines",
    "alerts": "configs/pipelines",
    "monitoring": "configs/pipelines",
}


def names_in(folder: Path) -> tuple[str, ...]:
    """The configurations in a folder, by file name."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def read_named(folder: Path, name: str, what: str) -> dict[str, Any]:
    """The YAML mapping in ``folder/name.yaml``.

    Raises
    ------
    ConfigError
        If there is no such file, or it does not hold a mapping.
    """
    if name not in names_in(folder):
        msg = f"unknown {what} {name!r}: no file {folder.name}/{name}.yaml"
        raise ConfigError(f"{msg}; {suggestion(name, names_in(folder))}")
    return read_mapping(folder / f"{name}.yaml")


def parse(data: object, form: Any, where: str) -> Any:
    """Turn plain data into a dataclass, refusing whatever it does not declare.

    Parameters
    ----------
    form : type
        A frozen dataclass, a union of one with None, or a plain type. A key whose
        type allows None may be left out.
    where : str
        File and key, for the message.

    Raises
    ------
    ConfigError
        For an unknown or missing key, or a value of another type.
    """
    options = _options(form)
    if data is None and type(None) in options:
        return None
    record = next((o for o in options if dataclasses.is_dataclass(o)), form)
    if dataclasses.is_dataclass(record):
        return _parse_record(data, record, where)
    try:
        return msgspec.convert(data, form)
    except msgspec.ValidationError as error:
        known = get_args(form) if get_origin(form) is Literal else ()
        choices = f"; known are {', '.join(map(str, known))}" if known else ""
        raise ConfigError(f"{where}: {error}; found {data!r}{choices}") from error


def _options(form: Any) -> tuple[Any, ...]:
    """The types of a union; none for another type."""
    return get_args(form) if get_origin(form) in (Union, types.UnionType) else ()


def _parse_record(data: object, record: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        msg = f"{where}: expected keys {_fields(record)}, found {data!r}"
        raise ConfigError(msg)
    hints = get_type_hints(record)
    absent = {key: None for key in hints if type(None) in _options(hints[key])}
    given = {**absent, **data}
    check_keys(given, hints, where)
    return record(
        **{key: parse(given[key], hints[key], f"{where}: {key}") for key in hints}
    )


def _fields(record: Any) -> str:
    return ", ".join(field.name for field in dataclasses.fields(record))


def check_keys(data: Mapping[str, Any], valid: Iterable[str], where: str) -> None:
    """Refuse keys that are not declared, and the absence of those that are."""
    valid = list(valid)
    for key in data:
        if key not in valid:
            place = PLACES.get(str(key))
            belongs = place is not None and place.split("/")[1] not in where
            hint = f"it belongs in {place}" if belongs else suggestion(key, valid)
            raise ConfigError(f"{where}: unknown key {key!r}; {hint}")
    missing = [key for key in valid if key not in data]
    if missing:
        raise ConfigError(f"{where}: missing key {missing[0]!r}")


def plain(value: Any) -> Any:
    """A dataclass tree as YAML can hold it."""
    return msgspec.to_builtins(value)


def assign(document: dict[str, Any], setting: str) -> None:
    """Apply one ``path.to.key=value`` to a merged document, in place.

    The value is read as YAML, so that ``5``, ``null`` and ``[a, b]`` mean what
    they mean in a file.

    Raises
    ------
    ConfigError
        If the path names no existing key, ``=`` is missing, or the value is one
        that no file could hold.
    """
    path, separator, text = setting.partition("=")
    if not separator:
        msg = f"--set {setting}: expected path.to.key=value"
        raise ConfigError(msg)
    *parents, last = path.split(".")
    target: Any = document
    for depth, key in enumerate(parents):
        target = _child(target, key, ".".join(parents[:depth]), path)
    _child(target, last, ".".join(parents), path)
    target[last] = _value(text, setting)


def _value(text: str, setting: str) -> Any:
    try:
        return read_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"--set {setting}: {error}") from None


def _child(target: Any, key: str, below: str, path: str) -> Any:
    if isinstance(target, dict) and key in target:
        return target[key]
    keys = target if isinstance(target, dict) else ()
    inside = f" in {below!r}" if below else ""
    msg = f"--set {path}: unknown key {key!r}{inside}; {suggestion(key, keys)}"
    raise ConfigError(msg)


def parse_date(text: str, option: str) -> date:
    """A date given on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"{option} {text!r} is not a date; expected YYYY-MM-DD"
        raise ConfigError(msg) from error
