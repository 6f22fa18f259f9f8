"""Rows drawn from profiles, for tools that can only read rows: of nobody, and few.

What is drawn has the shares of the profile's bins and nothing else: within a bin values
are spread evenly, and columns have nothing to do with one another. Two profiles in the
same bins are redrawn the same way, so that a difference is one of their counts.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from churn.monitoring.day import DayProfile
from churn.monitoring.drift import SCORE
from churn.monitoring.reference import Reference
from churn.profiles import Profile
from churn.scoring.inputs import NumberInput

OTHER = "(another)"


def redrawn(
    profiles: Mapping[str, Profile], reference: Reference, *, n: int, seed: int
) -> pl.DataFrame:
    """``n`` rows with a column a profile, Float64 or String, null for missing.

    Parameters
    ----------
    profiles : mapping of feature, or ``SCORE``, to Profile
    reference : Reference
        Whose training bounds the open bins.
    seed : int
        In which order the values stand.
    """
    bounds: dict[str, tuple[float, float]] = {SCORE: (0.0, 1.0)}
    bounds |= {of.name: _bounds(of) for of in reference.inputs.numbers}
    rng = np.random.default_rng(seed)
    columns = {
        name: _numbers(profile, bounds[name], n)
        if profile.kind == "number"
        else _texts(profile, n)
        for name, profile in sorted(profiles.items())
    }
    return pl.DataFrame(
        {name: column.gather(rng.permutation(n)) for name, column in columns.items()}
    )


def profiles_of_window(window: DayProfile) -> dict[str, Profile]:
    """All there is to redraw of a window: its features and its score."""
    return {**window.features, SCORE: window.score}


def profiles_of_reference(reference: Reference) -> dict[str, Profile]:
    """The same of the reference."""
    return {**reference.features, SCORE: reference.score}


def _numbers(profile: Profile, bounds: tuple[float, float], n: int) -> pl.Series:
    edges = profile.edges or [bounds[0]]
    ends = np.array(
        [min(bounds[0], edges[0]), *profile.edges, max(bounds[1], edges[-1])]
    )
    *sizes, n_missing = apportioned([*profile.counts, profile.missing], n)
    values = [
        low + (high - low) * (np.arange(size) + 0.5) / max(size, 1)
        for low, high, size in zip(ends[:-1], ends[1:], sizes, strict=True)
    ]
    return pl.Series(
        np.concatenate(values).tolist() + [None] * n_missing, dtype=pl.Float64
    )


def _texts(profile: Profile, n: int) -> pl.Series:
    names = [*profile.categories, OTHER, None]
    counts = [*profile.counts, profile.other, profile.missing]
    sizes = apportioned(counts, n)
    told = [name for name, size in zip(names, sizes, strict=True) for _ in range(size)]
    return pl.Series(told, dtype=pl.String)


def apportioned(counts: list[int], n: int) -> list[int]:
    """``n`` rows in proportion to counts, the largest remainders rounded up.

    In whole numbers, so that equal remainders are equal: of them the first is taken.

    Examples
    --------
    >>> apportioned([1, 2, 5], 4)
    [1, 1, 2]
    """
    total = sum(counts)
    if not total:
        return [0] * (len(counts) - 1) + [n]
    sizes, remainders = np.divmod(np.array(counts, dtype=np.int64) * n, total)
    largest = np.argsort(-remainders, kind="stable")
    sizes[largest[: n - int(sizes.sum())]] += 1
    return [int(size) for size in sizes]


def _bounds(of: NumberInput) -> tuple[float, float]:
    """The range that training saw; nothing if it saw no value."""
    if not np.isfinite([of.low, of.high]).all():
        return (0.0, 0.0)
    return (of.low, of.high)
