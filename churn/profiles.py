"""How a column was distributed, small enough to travel with the model.

A profile is what later rows are compared with: bins of equal count for numbers,
counts for categories, and how many values were missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.errors import DataError

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
    """Numbers counted between the given edges, NaN being missing."""
    cuts = np.asarray(edges, dtype=np.float64)
    with np.errstate(over="ignore"):
        own = cuts.astype(values.dtype)
    if (own != cuts).any():
        values, own = values.astype(np.float64), cuts
    missing = int(np.count_nonzero(np.isnan(values)))
    # A few quick comparisons of a whole column beat looking up each of its values.
    above = [int(np.count_nonzero(values > cut)) for cut in own]
    at_least = [len(values) - missing, *above, 0]
    return Profile(
        kind="number",
        n=len(values),
        missing=missing,
        edges=list(edges),
        categories=[],
        counts=[low - high for low, high in pairwise(at_least)],
        other=0,
    )


def count_categories(values: NDArray[Any], categories: Sequence[str]) -> Profile:
    """Text counted by the given categories, ``""`` being missing."""
    found = dict(pl.Series(values, dtype=pl.String).value_counts().iter_rows())
    counts = [int(found.get(category, 0)) for category in categories]
    missing = int(found.get("", 0))
    return Profile(
        kind="category",
        n=len(values),
        missing=missing,
        edges=[],
        categories=list(categories),
        counts=counts,
        other=len(values) - missing - sum(counts),
    )


def merged_profile(profiles: Sequence[Profile]) -> Profile:
    """The profile of all the rows of profiles in the same bins.

    Raises
    ------
    DataError
        If there is none, or their bins differ.
    """
    if not profiles:
        raise DataError("expected profiles to merge, found none")
    first = profiles[0]
    bins = (first.kind, first.edges, first.categories)
    if any((p.kind, p.edges, p.categories) != bins for p in profiles):
        raise DataError("expected profiles in the same bins, found others")
    return replace(
        first,
        n=sum(p.n for p in profiles),
        missing=sum(p.missing for p in profiles),
        counts=[
            sum(counts) for counts in zip(*(p.counts for p in profiles), strict=True)
        ],
        other=sum(p.other for p in profiles),
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
