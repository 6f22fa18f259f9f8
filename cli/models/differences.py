"""The first place where two JSON documents differ, as a sentence."""

from typing import Any


def first_difference(stored: Any, derived: Any, path: str = "") -> str | None:
    """Where two documents first differ, in the order of the first; None if nowhere.

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
        same = stored == derived and type(stored) is type(derived)
        return (
            None
            if same
            else f"{path}: stored {_word(stored)}, derived {_word(derived)}"
        )
    found = (first_difference(one, other, at) for at, one, other in parts)
    return next((difference for difference in found if difference), None)


def _word(value: Any) -> str:
    return "nothing" if value is None else repr(value)
