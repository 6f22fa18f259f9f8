"""How a column was distributed, small enough to travel with the model.

A profile is what later rows are compared with: bins of equal count for numbers,
counts for categories, and how many values were missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

N_BINS = 10
MOST_CATEGORIES = 50


@dataclass(frozen=True)
class Profile:
    """Counts of one column over ``n`` rows, ``missing`` of them without a value.

    Parameters
    ----------
    edges : list of float
        Numbers only, ascending. Bin i holds ``edges[i-1] < x <= edges[i]``; the
        first and the last bin are open.
    categories : list of str
        Categories only, the most frequent; any other value counts as ``other``.
    counts : list of int
        One per bin (``len(edges) + 1``) or per category.
    other : int
        Values of no listed category.
    """

    kind: Literal["number", "category"]
    n: int
    missing: int
    edges: list[float]
    categories: list[str]
    counts: list[int]
    other: int


@dataclass(frozen=True)
class Profiles:
    """Features over the training window, the score over the calibration window."""

    features: Mapping[str, Profile]
    score: Profile


def number_profile(values: NDArray[np.floating]) -> Profile:
    """Profile of numbers, NaN being missing, in up to ``N_BINS`` bins of equal count.

    Examples
    --------
    >>> profile = number_profile(np.array([0.0, 0.0, 0.0, 0.0, 5.0, 5.0, np.nan]))
    >>> profile.edges, profile.counts, profile.missing
    ([0.0, 5.0], [4, 2, 0], 1)
    """
    present = values[~np.isnan(values)].astype(np.float64)
    inner = np.linspace(0, 1, N_BINS + 1)[1:-1]
    cuts = (
        np.quantile(present, inner, method="inverted_cdf")
        if len(present)
        else np.empty(0)
    )
    edges = [float(edge) for edge in np.unique(cuts)]
    return count_numbers(values, edges)


def category_profile(values: NDArray[Any]) -> Profile:
    """Profile of text, ``""`` being missing; rare categories count as other.

    Examples
    --------
    >>> profile = category_profile(np.array(["a", "b", "b", ""], dtype=object))
    >>> profile.categories, profile.counts, profile.missing
    (['b', 'a'], [2, 1], 1)
    """
    found, counts = np.unique(values[values != ""].astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    return count_categories(values, [str(name) for name in found[order]])


def same_bins(profile: Profile, values: NDArray[Any]) -> Profile:
    """Profile of other values of the column, counted in the bins of ``profile``."""
    if profile.kind == "number":
        return count_numbers(values, profile.edges)
    return count_categories(values, profile.categories)


def count_numbers(values: NDArray[np.floating], edges: Sequence[float]) -> Profile:
    """Numbers counted between the given edges."""
    present = values[~np.isnan(values)].astype(np.float64)
    places = np.searchsorted(np.asarray(edges, dtype=np.float64), present, side="left")
    return Profile(
        kind="number",
        n=len(values),
        missing=len(values) - len(present),
        edges=list(edges),
        categories=[],
        counts=[int(c) for c in np.bincount(places, minlength=len(edges) + 1)],
        other=0,
    )


def count_categories(values: NDArray[Any], categories: Sequence[str]) -> Profile:
    """Text counted by the given categories."""
    counts = [int(np.sum(values == category)) for category in categories]
    missing = int(np.sum(values == ""))
    return Profile(
        kind="category",
        n=len(values),
        missing=missing,
        edges=[],
        categories=list(categories),
        counts=counts,
        other=len(values) - missing - sum(counts),
    )


def profiles_of(
    columns: Mapping[str, NDArray[Any]], score: NDArray[np.floating]
) -> Profiles:
    """Reference profiles of feature columns and of the score.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n_rows,)
        Floats are numbers, str objects categories.
    """
    return Profiles(
        {
            name: category_profile(v) if v.dtype == object else number_profile(v)
            for name, v in columns.items()
        },
        number_profile(score),
    )
