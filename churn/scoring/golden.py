"""Rows that travel with a bundle, and the probabilities a true copy gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.errors import BundleError, InputError
from churn.scoring.inputs import InputSchema, Value
from churn.scoring.manifest import GOLDEN, parse_json

GOLDEN_TOLERANCE = 1e-6
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Golden:
    """Invented customers, as anybody may post them, and their probabilities.

    Parameters
    ----------
    rows : tuple of n_rows mappings of feature name to value
    columns : mapping of feature name to ndarray of shape (n_rows,)
        The same, as the graph takes them.
    probability : ndarray of shape (n_rows,)
    """

    rows: tuple[Mapping[str, Value], ...]
    columns: Mapping[str, NDArray[Any]]
    probability: NDArray[np.float64]

    def agrees(self, found: NDArray[np.float64]) -> bool:
        """Whether the rows were scored as they once were."""
        if found.shape != self.probability.shape:
            return False
        return bool(np.abs(found - self.probability).max() <= GOLDEN_TOLERANCE)


def read_golden(files: Mapping[str, bytes], inputs: InputSchema) -> Golden:
    """The golden rows of a bundle's files.

    Raises
    ------
    BundleError
        If there are none, or too many, or they are no rows for these inputs.
    """
    record = parse_json(GOLDEN, files)
    try:
        probability = np.array(record["probability"], dtype=np.float64)
        table = [record["columns"][name] for name in inputs.names]
        rows = tuple(
            dict(zip(inputs.names, values, strict=True))
            for values in zip(*table, strict=True)
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BundleError(f"{GOLDEN}: expected rows to score, found {error}") from error
    if not 0 < len(rows) == probability.size <= MOST_ROWS:
        raise BundleError(
            f"{GOLDEN}: expected 1 to {MOST_ROWS} rows, each with its probability, "
            f"found {len(rows)} and {probability.size}"
        )
    try:
        columns, _ = inputs.columns(rows)
    except InputError as error:
        raise BundleError(f"{GOLDEN}: {error}") from error
    return Golden(rows, columns, probability)
