"""Rows no customer ever had, with the scores a good copy of the model gives them.

Each value is drawn on its own from the training quantiles, so that a bundle
carries the shape of the data and nobody's row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.features.declarations import Feature

N_ROWS = 32
MISSING_RATE = 0.1
UNSEEN = "a category never seen in training"
GRID = np.linspace(0.0, 1.0, 21)


def golden_columns(
    train: Mapping[str, NDArray[Any]], features: Sequence[Feature], *, seed: int
) -> dict[str, NDArray[Any]]:
    """Raw values for ``N_ROWS`` rows; the first lacks all, the second is unseen.

    Parameters
    ----------
    train : mapping of feature name to ndarray of shape (n_rows,)
        Columns of the training window.
    """
    rng = np.random.default_rng(seed)
    return {
        f.name: _texts(train[f.name], rng)
        if f.kind == "category"
        else _numbers(train[f.name], rng)
        for f in features
    }


def golden_record(
    columns: Mapping[str, NDArray[Any]], probability: NDArray[np.float64]
) -> dict[str, Any]:
    """As stored: missing values are null."""
    return {
        "columns": {name: _plain(values) for name, values in columns.items()},
        "probability": [float(p) for p in probability],
    }


def _numbers(values: NDArray[Any], rng: np.random.Generator) -> NDArray[np.float32]:
    places = rng.random(N_ROWS)
    absent = rng.random(N_ROWS) < MISSING_RATE
    present = values[~np.isnan(values)].astype(np.float64)
    if not len(present):
        return np.full(N_ROWS, np.nan, dtype=np.float32)
    drawn = np.interp(places, GRID, np.quantile(present, GRID))
    drawn[absent] = np.nan
    drawn[0] = np.nan
    single: NDArray[np.float32] = drawn.astype(np.float32)
    return single


def _texts(values: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    seen = np.unique(values.astype(str))
    drawn = rng.choice(seen, N_ROWS).astype(object)
    drawn[rng.random(N_ROWS) < MISSING_RATE] = ""
    drawn[0], drawn[1] = "", UNSEEN
    return drawn


def _plain(values: NDArray[Any]) -> list[float | str | None]:
    if values.dtype == object:
        return [str(v) if v else None for v in values]
    return [None if np.isnan(v) else float(v) for v in values]
