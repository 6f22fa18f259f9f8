"""Several comparisons at once: what each p-value is worth among the others."""

from collections.abc import Sequence

import numpy as np


def adjusted(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values, in the order given; of none there are none.

    Rejecting whatever is at most ``error_rate`` makes even one false rejection
    among them no likelier than that, however the comparisons depend on each other.

    Parameters
    ----------
    p_values : sequence of float in [0, 1]
        An undefined comparison proves nothing and enters as 1.

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6(2).

    Examples
    --------
    >>> adjusted([0.25, 0.125, 0.5])
    (0.5, 0.375, 0.5)
    """
    found = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(found, kind="stable")
    stepped = found[order] * np.arange(found.size, 0, -1)
    result = np.empty(found.size)
    result[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return tuple(float(p) for p in result)
