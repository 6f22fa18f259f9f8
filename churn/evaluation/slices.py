"""Groups of test rows that get figures of their own. Measures nothing."""

from dataclasses import dataclass

import polars as pl

from churn.evaluation.weighting import Bools

PREFIX = "slice__"
MISSING = "(missing)"


@dataclass(frozen=True)
class Group:
    """The rows of one group of one slice."""

    slice_name: str
    group: str
    rows: Bools


def find_groups(
    test: pl.DataFrame, *, min_rows: int
) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """Groups of all ``slice__<name>`` columns, and the names of those too small.

    Examples
    --------
    >>> test = pl.DataFrame({"slice__plan": ["basic", "basic", "family"]})
    >>> groups, too_small = find_groups(test, min_rows=2)
    >>> [(g.slice_name, g.group, int(g.rows.sum())) for g in groups], too_small
    ([('plan', 'basic', 2)], ('plan: family (1 rows)',))
    """
    groups, too_small = [], []
    for column in (c for c in test.columns if c.startswith(PREFIX)):
        labels = test[column].fill_null(MISSING)
        for value in labels.unique().sort():
            rows = (labels == value).to_numpy()
            name, size = column.removeprefix(PREFIX), int(rows.sum())
            if size >= min_rows:
                groups.append(Group(name, value, rows))
            else:
                too_small.append(f"{name}: {value} ({size} rows)")
    return tuple(groups), tuple(too_small)
