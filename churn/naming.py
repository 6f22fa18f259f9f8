"""The nearest valid name, for an error that shows the way out."""

import difflib
from collections.abc import Iterable

MOST_NAMES = 30


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like ``name``, whatever its case; None if none is like it.

    Examples
    --------
    >>> nearest("tenur", ["gender", "tenure"])
    'tenure'
    >>> nearest("TENURE", ["gender", "tenure"])
    'tenure'
    >>> nearest("zzz", ["gender", "tenure"]) is None
    True
    """
    folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """End of an error message: the nearest name, or all known ones.

    Examples
    --------
    >>> suggestion("tenur", ["gender", "tenure"])
    'nearest is tenure'
    >>> suggestion("zzz", ["gender", "tenure"])
    'known are gender, tenure'
    """
    candidates = sorted(known)
    close = nearest(name, candidates)
    if close is not None:
        return f"nearest is {close}"
    if len(candidates) > MOST_NAMES:
        return f"none of {len(candidates)} known names is like it"
    return f"known are {', '.join(candidates)}" if candidates else "none is known"
