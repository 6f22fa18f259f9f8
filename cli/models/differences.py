"""The first place where two JSON documents differ, as a sentence."""

import math
from typing import Any

ROUNDING = 1e-9
"""Relative; processors of different makes add up in different orders."""


def first_difference(stored: Any, derived: Any, path: str = "") -> str | None:
    """Where two documents first differ, in the order of the first; None if nowhere.

    Fractions are equal that differ by rounding; everything else has to be the same.

    Examples
    --------
    >>> first_difference({"a": [1, 2]}, {"a": [1, 3]})
    'a[1]: stored 2, derived 3'
    >>> first_difference({"a": 1}, {"a": 1, "b": 2})
    'b: stored nothing, derived 2'
    """
    if isinstance(stored, dict) and isinstance(derived, dict):
        parts = [
            (f"{path}.{key}" if path else key, stored.get(key), derived.get(key))
            for key in dict.fromkeys([*stored, *derived])
        ]
    elif isinstance(stored, list) and isinstance(derived, list):
        if len(stored) != len(derived):
            return f"{path}: stored {len(stored)} entries, derived {len(derived)}"
        pairs = enumerate(zip(stored, derived, strict=True))
        parts = [(f"{path}[{place}]", one, other) for place, (one, other) in pairs]
    else:
        if _same(stored, derived):
            return None
        return f"{path}: stored {_word(stored)}, derived {_word(derived)}"
    found = (first_difference(one, other, at) for at, one, other in parts)
    return next((difference for difference in found if difference), None)


def _same(stored: Any, derived: Any) -> bool:
    if isinstance(stored, float) and isinstance(derived, float):
        return math.isclose(stored, derived, rel_tol=ROUNDING, abs_tol=ROUNDING**2)
    return bool(stored == derived) and type(stored) is type(derived)


def _word(value: Any) -> str:
    return "nothing" if value is None else repr(value)
