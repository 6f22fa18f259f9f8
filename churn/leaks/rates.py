"""One feature alone as a score: the churn rate of the training rows like it."""

from collections.abc import Callable

import numpy as np
import polars as pl

from churn.evaluation.weighting import Floats, Integers

Score = Callable[[pl.Series], Floats]
Encode = Callable[[pl.Series], Integers]


def fit_rates(values: pl.Series, is_churn: pl.Series, *, bins: int) -> Score:
    """Fit the churn rate of each quantile bin, or of each category.

    Missing is a bin of its own. A rate is that of its rows and one more that churns
    as all training rows do, so that a category seen once claims little. What
    training did not see gets the rate of all.

    Parameters
    ----------
    values : Series of n_rows numbers or texts
    is_churn : Series of n_rows booleans
    bins : int
        Quantile bins of numbers, at most; equal values share one.

    Returns
    -------
    callable
        Turns a series of the feature's values into an array of rates.

    Examples
    --------
    >>> values = pl.Series(["a", "a", "b", None])
    >>> score = fit_rates(values, pl.Series([True, True, False, False]), bins=2)
    >>> score(pl.Series(["a", "b", None, "new"]))
    array([0.83333333, 0.25      , 0.25      , 0.5       ])
    """
    is_number = values.dtype.is_numeric()
    encode, n_codes = _intervals(values, bins) if is_number else _levels(values)
    code, churned = encode(values), is_churn.to_numpy()
    rows = np.bincount(code, minlength=n_codes)
    churners = np.bincount(code, churned, minlength=n_codes)
    rate: Floats = (churners + churned.mean()) / (rows + 1)
    return lambda found: rate[encode(found)]


def _intervals(values: pl.Series, bins: int) -> tuple[Encode, int]:
    """Codes from 0 on by rising value, the last for missing."""
    known = _numbers(values)
    known = known[~np.isnan(known)]
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.unique(np.quantile(known, inner)) if known.size else np.empty(0)
    missing = edges.size + 1

    def encode(found: pl.Series) -> Integers:
        numbers = _numbers(found)
        return np.where(np.isnan(numbers), missing, np.searchsorted(edges, numbers))

    return encode, missing + 1


def _numbers(values: pl.Series) -> Floats:
    """Floats with NaN where missing."""
    numbers: Floats = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return numbers


def _levels(values: pl.Series) -> tuple[Encode, int]:
    """Codes in the order of the texts, then missing, then what training did not see."""
    levels = values.drop_nulls().unique().sort().to_list()
    code = {level: place for place, level in enumerate([*levels, None])}
    unseen = len(code)

    def encode(found: pl.Series) -> Integers:
        return np.array([code.get(text, unseen) for text in found], dtype=np.intp)

    return encode, unseen + 1
