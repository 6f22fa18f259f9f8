"""The rows of each group of a slice, counted; groups that nobody knows are other."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.evaluation.slices import MISSING
from churn.monitoring.scores import ScoreCounts, ScoredRows, count_groups
from churn.scoring.decision import Economics

MOST_GROUPS = 30
OTHER = "(other)"

Labels = Sequence[str | None]


def count_slices(
    rows: ScoredRows,
    slices: Mapping[str, Labels],
    economics: Economics,
    known: Collection[str] | None,
) -> dict[str, ScoreCounts]:
    """Counts of every group, by ``<name>=<group>``.

    Parameters
    ----------
    slices : mapping of name to sequence of shape (n_rows,)
        The group of each row; None is a group too.
    known : collection of ``<name>=<group>`` or None
        Where given, any other group counts as ``<name>=(other)``.
    """
    counts: dict[str, ScoreCounts] = {}
    for name, labels in slices.items():
        groups, codes = group_codes(name, labels, known)
        counted = count_groups(rows, economics, codes, len(groups))
        named = zip(groups, counted, strict=True)
        counts |= {f"{name}={group}": one for group, one in named if one.n_rows}
    return counts


def group_codes(
    name: str, labels: Labels, known: Collection[str] | None
) -> tuple[list[str], NDArray[np.intp]]:
    """The groups, ``OTHER`` last, and the place of each row's among them.

    Examples
    --------
    >>> groups, codes = group_codes("plan", ["b", "a", None], {"plan=a", "plan=b"})
    >>> groups, codes.tolist()
    (['a', 'b', '(other)'], [1, 0, 2])
    """
    told = pl.Series(labels, dtype=pl.String).fill_null(MISSING)
    found = sorted(told.unique().to_list())
    kept = [g for g in found if known is None or f"{name}={g}" in known]
    groups = [*(group for group in kept if group != OTHER), OTHER]
    codes = told.replace_strict(
        groups, list(range(len(groups))), default=len(groups) - 1, return_dtype=pl.Int64
    )
    return groups, codes.to_numpy().astype(np.intp)


def largest_groups(slices: Mapping[str, Labels]) -> set[str]:
    """The ``MOST_GROUPS`` groups of each slice with the most rows."""
    return {
        f"{name}={group}"
        for name, labels in slices.items()
        for group, _ in Counter(
            MISSING if label is None else label for label in labels
        ).most_common(MOST_GROUPS)
    }
