"""How good the values of a feature are: how many there are, and of which size."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Quality:
    """One feature over the snapshots of one or more dates.

    Parameters
    ----------
    n_rows : int
    missing_share, zero_share : float, 0..1
        Of all rows; ``zero_share`` is None for categories.
    n_distinct : int
        Different values, missing not counted.
    lowest, median, highest : float or None
        None for categories and where every value is missing.
    most_frequent : str or None
        The most frequent category; None for numbers.
    """

    n_rows: int
    missing_share: float
    zero_share: float | None
    n_distinct: int
    lowest: float | None
    median: float | None
    highest: float | None
    most_frequent: str | None


def quality(values: pl.Series) -> Quality:
    """Summarise the values of one feature.

    Parameters
    ----------
    values : Series of Int64, Float64 or String

    Examples
    --------
    >>> quality(pl.Series([0, 2, 4, None])).missing_share
    0.25
    """
    known = values.drop_nulls()
    is_number = values.dtype.is_numeric()
    middle = known.median() if is_number else None
    return Quality(
        n_rows=len(values),
        missing_share=values.null_count() / max(len(values), 1),
        zero_share=_share(known == 0, len(values)) if is_number else None,
        n_distinct=known.n_unique(),
        lowest=_number(known.min()) if is_number else None,
        median=_number(middle),
        highest=_number(known.max()) if is_number else None,
        most_frequent=None if is_number else _most_frequent(known),
    )


def _share(holds: pl.Series, n_rows: int) -> float:
    return int(holds.sum()) / max(n_rows, 1)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _most_frequent(known: pl.Series) -> str | None:
    """Of equally frequent ones the first in the alphabet."""
    if known.is_empty():
        return None
    counts = known.value_counts().sort("count", known.name, descending=[True, False])
    return str(counts[known.name][0])
