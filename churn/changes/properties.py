"""Differences between two sets of properties, in a few words."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from churn.changes.declared import Properties

Declared = TypeVar("Declared")

LONGEST = 60


def differences(old: Properties, new: Properties) -> str:
    """Say how properties changed; empty where they did not.

    Examples
    --------
    >>> differences({"min": "0", "max": "9"}, {"min": "1", "max": "9"})
    'min 0 → 1'
    >>> differences({"min": "0"}, {})
    'min 0 → none'
    """
    return ", ".join(
        f"{name} {_short(before)} → {_short(after)}"
        for name, before, after in pairs(old, new)
        if before != after
    )


def pairs(
    old: Mapping[str, Declared], new: Mapping[str, Declared]
) -> Iterator[tuple[str, Declared | None, Declared | None]]:
    """Each name of either side with what it stands for there; None where nothing."""
    for name in dict.fromkeys([*old, *new]):
        yield name, old.get(name), new.get(name)


def _short(value: str | None) -> str:
    if value is None:
        return "none"
    text = " ".join(value.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
