"""The steps of a pickled pipeline that scikit-learn does not have; NumPy alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def with_log1p(matrix: Any, columns: Sequence[int]) -> Any:
    """Append ``log(1 + max(x, 0))`` of the given columns."""
    logs = np.log1p(np.maximum(matrix[:, list(columns)], 0.0))
    return np.hstack([matrix, logs])
