"""Measuring the same rows under many weightings at once.

A bootstrap resample is nothing but a weight per row, so every metric is written
for a matrix of weights and costs one pass over it. Knows no metric.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.intp]

Weights = NDArray[np.float64]
"""Shape (n_rows, n_weightings), each weight at least 0."""

Kernel = Callable[[Weights], Mapping[str, Floats]]
"""Named figures of fixed rows, one per weighting (last axis); NaN is undefined."""


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, with NaN where the denominator is not positive.

    Examples
    --------
    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    result: Floats = np.full(shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result


def together(kernels: Sequence[Kernel]) -> Kernel:
    """One kernel that gives the figures of all."""

    def measure(weights: Weights) -> Mapping[str, Floats]:
        return {name: v for kernel in kernels for name, v in kernel(weights).items()}

    return measure


def among(rows: Bools, kernel: Kernel) -> Kernel:
    """Let a kernel that was made for some of the rows read the weights of all."""
    chosen = np.flatnonzero(rows)
    return lambda weights: kernel(weights[chosen])


def single(kernel: Kernel, name: str, weight: Floats) -> float | None:
    """One figure under one weighting; None where it is undefined."""
    value = float(kernel(weight[:, None].astype(np.float64))[name][0])
    return None if np.isnan(value) else value
