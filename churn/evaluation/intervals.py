"""How far a figure could lie elsewhere by chance: a paired bootstrap by customer.

One resample of customers is one weight per row, shared by all models, metrics and
slices, so that differences are paired. Knows no metric.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

import numpy as np

from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Floats, Integers, Kernel, Weights

LEVEL = 0.95
MIN_DEFINED_SHARE = 0.9
CELLS_PER_BLOCK = 1_000_000
"""Weights held at once; 8 MB, so that a block stays near the processor."""

Key = TypeVar("Key", bound=Hashable)
Draws = Mapping[str, Floats]


def bootstrap_weights(
    customer: Integers, *, resamples: int, seed: int
) -> Iterator[Weights]:
    """Resamples of customers, in blocks, as weights of their rows.

    Customers are drawn with replacement from all: how many of them churn is chance
    too, and drawing churners and others apart would hide it from every figure that
    depends on the base rate. A resample without churners leaves figures undefined.

    Parameters
    ----------
    customer : ndarray of shape (n_rows,), int
        Codes 0..n_customers-1.

    Yields
    ------
    ndarray of shape (n_rows, block)
        How often each row's customer was drawn. The blocks' sizes do not change
        what is drawn.

    References
    ----------
    Davison & Hinkley, *Bootstrap Methods and their Application* (1997),
    section 3.8 (resampling clusters whole).
    """
    rng = np.random.default_rng(seed)
    n_customers = int(customer.max()) + 1 if customer.size else 0
    block = max(1, CELLS_PER_BLOCK // max(1, customer.size))
    for first in range(0, resamples, block):
        drawn = _draw(n_customers, min(block, resamples - first), rng)
        yield drawn.T[customer].astype(np.float64)


def measure(
    kernels: Mapping[Key, Kernel], blocks: Iterable[Weights]
) -> dict[Key, dict[str, Floats]]:
    """Every figure of every kernel under every weighting, the last axis."""
    parts: dict[Key, list[Mapping[str, Floats]]] = {key: [] for key in kernels}
    for weights in blocks:
        for key, kernel in kernels.items():
            parts[key].append(kernel(weights))
    return {
        key: {name: np.concatenate([d[name] for d in done], -1) for name in done[0]}
        for key, done in parts.items()
    }


def estimate(value: float, draws: Floats, n: int) -> Estimate:
    """A figure with its percentile interval.

    Parameters
    ----------
    value : float
        Of the rows themselves; NaN where undefined.
    draws : ndarray of shape (n_resamples,)
        Of the resamples. Undefined ones are left out; when fewer than 90 % are
        defined there is no interval.

    Examples
    --------
    >>> estimate(2.0, np.array([1.0, 2.0, 3.0]), n=7)
    Estimate(value=2.0, low=1.05, high=2.95, n=7)
    >>> estimate(2.0, np.array([1.0, np.nan, 3.0]), n=7)
    Estimate(value=2.0, low=None, high=None, n=7)
    """
    if np.isnan(value):
        return Estimate(None, None, None, n)
    defined = draws[~np.isnan(draws)]
    if defined.size == 0 or defined.size < MIN_DEFINED_SHARE * draws.size:
        return Estimate(float(value), None, None, n)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(float(value), float(low), float(high), n)


def centred(draws: Floats, value: float) -> Floats:
    """Shift resamples of a figure that cannot be negative to where the figure is.

    Resampling adds noise, which can only raise such a figure: unshifted, the
    interval may lie wholly above the value.

    Examples
    --------
    >>> centred(np.array([0.03, 0.05, np.nan]), 0.02)
    array([0.01, 0.03,  nan])
    """
    defined = draws[~np.isnan(draws)]
    bias = defined.mean() - value if defined.size else 0.0
    return np.maximum(draws - bias, 0.0)


def _draw(size: int, times: int, rng: np.random.Generator) -> Integers:
    """How often each of ``size`` customers is drawn; shape (times, size)."""
    if size == 0:
        return np.zeros((times, 0), dtype=np.intp)
    picks = rng.integers(0, size, (times, size)) + size * np.arange(times)[:, None]
    return np.bincount(picks.ravel(), minlength=times * size).reshape(times, size)
