"""How far recent inputs are from the training's: one index a feature, from counts."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

BLOCKS = 20
FEWEST_ROWS = 500
HALF = 0.5

Counts = NDArray[np.float64]
SCORE = ""
"""Stands for the score among the features, whose names are never empty."""


class Bins(msgspec.Struct, frozen=True):
    """A column's bins, as a bundle's profiles have them, and the training's counts.

    Bin i of numbers holds ``edges[i-1] < x <= edges[i]``.
    """

    kind: Literal["number", "category"]
    edges: list[float]
    categories: list[str]
    counts: list[int]
    other: int
    missing: int

    @property
    def reference(self) -> Counts:
        """The training's counts; others and missing ones are bins too."""
        return np.array([*self.counts, self.other, self.missing], dtype=np.float64)

    def count(self, values: NDArray[Any]) -> Counts:
        """Other values of the column in the same bins, in the same order."""
        if self.kind == "number":
            present = values[~np.isnan(values)].astype(np.float64)
            places = np.searchsorted(np.array(self.edges), present, side="left")
            found = np.bincount(places, minlength=len(self.edges) + 1).tolist()
            return np.array([*found, 0, len(values) - len(present)], dtype=np.float64)
        found = [int(np.sum(values == category)) for category in self.categories]
        missing = int(np.sum(values == ""))
        other = len(values) - sum(found) - missing
        return np.array([*found, other, missing], dtype=np.float64)


class Profiles(msgspec.Struct, frozen=True):
    """What a model was trained on: the bins of each feature and of the score."""

    features: dict[str, Bins]
    score: Bins


class Drift:
    """Counts of the last rows, in blocks: the oldest block goes when a new one is full.

    Parameters
    ----------
    profiles : Profiles
    rows : int
        How many rows are looked back on, about.
    """

    def __init__(self, profiles: Profiles, *, rows: int) -> None:
        self._bins = {**profiles.features, SCORE: profiles.score}
        self._block_rows = max(1, rows // BLOCKS)
        self._fewest = min(FEWEST_ROWS, rows)
        self._full: deque[dict[str, Counts]] = deque(maxlen=BLOCKS)
        self._open: dict[str, Counts] = {}

    @property
    def n_rows(self) -> int:
        """How many rows are looked back on now."""
        return int(sum(block[SCORE].sum() for block in self._blocks()))

    def add(
        self, columns: Mapping[str, NDArray[Any]], score: NDArray[np.floating]
    ) -> None:
        """Count rows, given as the columns a graph takes, and their scores."""
        now = {
            name: bins.count(score if name == SCORE else columns[name])
            for name, bins in self._bins.items()
            if name == SCORE or name in columns
        }
        self._open = {name: n + self._open.get(name, 0) for name, n in now.items()}
        if self._open[SCORE].sum() >= self._block_rows:
            self._full.append(self._open)
            self._open = {}

    def indices(self) -> dict[str, float]:
        """The stability index of each feature; empty while there are too few rows."""
        return {name: v for name, v in self._indices().items() if name != SCORE}

    def score_index(self) -> float | None:
        """The stability index of the score."""
        return self._indices().get(SCORE)

    def _blocks(self) -> Sequence[dict[str, Counts]]:
        return [*self._full, self._open] if self._open else [*self._full]

    def _indices(self) -> dict[str, float]:
        if self.n_rows < self._fewest:
            return {}
        blocks = self._blocks()
        return {
            name: stability_index(
                bins.reference, np.sum([block[name] for block in blocks], axis=0)
            )
            for name, bins in self._bins.items()
            if all(name in block for block in blocks)
        }


def stability_index(reference: Counts, current: Counts) -> float:
    """Population stability index of counts in the same bins.

    Half a row is added to each bin, so that an empty one is no infinite surprise.

    Examples
    --------
    >>> stability_index(np.array([50.0, 50.0]), np.array([500.0, 500.0]))
    0.0
    """
    p = (reference + HALF) / (reference + HALF).sum()
    q = (current + HALF) / (current + HALF).sum()
    return float(((q - p) * np.log(q / p)).sum())


def profiles_in(files: Mapping[str, bytes]) -> Profiles:
    """The reference profiles of a bundle."""
    return msgspec.json.decode(files["profiles.json"], type=Profiles)
