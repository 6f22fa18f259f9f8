"""Which features moved a customer's score, and by how much.

Contributions are computed from the model matrix, the graph's second output: exact
terms for the linear model, TreeSHAP by XGBoost for its ensembles, which is imported
only when a bundle has one.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from churn.errors import BundleError
from churn.scoring.bundle import Bundle
from churn.scoring.calibrator import log_odds, sigmoid
from churn.scoring.contributions import Contributions, contributions_of

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
FOREST = "random_forest"
SMALLEST_SHARE = 1e-7
"""As in the graph: log-odds of a share of 0 or 1 are not finite."""

LEVEL = 1e-3
"""Contributions cancel where their sum is below this part of their sizes."""

TOLERANCE = 1e-4
"""Of a probability; contributions are float32 sums over all paths of all trees."""

NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Reason:
    """What one raw feature did to one customer's score.

    Parameters
    ----------
    feature : str
    log_odds : float
        Moved by the learner, before the calibrator.
    share : float
        Of ``p - base_probability``; over all features they sum to it.
    """

    feature: str
    log_odds: float
    share: float


@dataclass(frozen=True)
class Explainer:
    """Reasons for the scores of one bundle. Made by ``of``; safe from threads.

    ``base_probability`` is what the calibrator makes of the contributions' base.
    """

    feature_names: tuple[str, ...]
    base_probability: float
    _contributions: Contributions
    _sources: NDArray[np.intp]
    _is_forest: bool

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Read what the reasons of a bundle are computed from.

        Raises
        ------
        BundleError
            If it is damaged, or does not add up to the graph's own scores.
        """
        names = bundle.feature_names
        places = {name: place for place, name in enumerate(names)}
        columns = bundle.manifest["columns"]
        contributions = contributions_of(bundle)
        is_forest = bundle.kind == FOREST
        base = _score(np.array([contributions.base]), is_forest=is_forest)
        _check_sums(bundle, contributions, is_forest=is_forest)
        return cls(
            feature_names=names,
            base_probability=float(bundle.calibrated(base)[0]),
            _contributions=contributions,
            _sources=np.array([places[column["feature"]] for column in columns]),
            _is_forest=is_forest,
        )

    def reasons(
        self, matrix: Matrix, probability: Floats, *, most: int
    ) -> list[list[Reason]]:
        """For each row the features that moved it most, the strongest first.

        A feature's contribution is the sum over its columns of the matrix; its
        share is as in ``proportional``.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_columns)
        probability : ndarray of shape (n_rows,)
            Both as ``Bundle.score_and_matrix`` gives them.
        most : int
            Reasons for each row; there is one a feature.
        """
        terms = self._terms(matrix)
        slope = 1.0 if self._is_forest else probability * (1 - probability)
        moved = self._log_odds(terms)
        shares = proportional(
            terms, probability - self.base_probability, slope=slope, largest=1.0
        )
        order = np.argsort(-np.abs(moved), axis=1, kind="stable")[:, :most]
        return [
            [
                Reason(self.feature_names[j], float(moved[i, j]), float(shares[i, j]))
                for j in places
            ]
            for i, places in enumerate(order.tolist())
        ]

    def effects(self, matrix: Matrix) -> Floats:
        """What each feature did to each row's log-odds, before the calibrator.

        The ``log_odds`` of all reasons at once, in the order of ``feature_names``.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_columns)

        Returns
        -------
        ndarray of shape (n_rows, n_features)
        """
        return self._log_odds(self._terms(matrix))

    def _terms(self, matrix: Matrix) -> Floats:
        summed = np.zeros((len(self.feature_names), len(matrix)))
        np.add.at(summed, self._sources, self._contributions.of(matrix).T)
        return np.ascontiguousarray(summed.T)

    def _log_odds(self, terms: Floats) -> Floats:
        """As they are, or for a forest its shares' part of the log-odds."""
        if not self._is_forest:
            return terms
        base = self._contributions.base
        share = np.clip(base + terms.sum(axis=1), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
        moved = log_odds(share) - log_odds(np.array([base]))
        return proportional(terms, moved, slope=1 / (share * (1 - share)))


def proportional(
    terms: Floats,
    total: Floats,
    *,
    slope: Floats | float,
    largest: float = np.inf,
) -> Floats:
    """The terms of each row, scaled so that they sum to the row's total.

    Where the terms cancel, their sum being less than ``LEVEL`` of their sizes, the
    ratio of two small numbers says nothing and ``slope`` stands in for it. No term
    is scaled beyond ``largest``, as a steep step of an isotonic calibrator would.
    What either leaves of the total is spread by size.

    Parameters
    ----------
    terms : ndarray of shape (n_rows, n_features)
    total : ndarray of shape (n_rows,)
    slope : float or ndarray of shape (n_rows,)
        How much of the total one unit of a term makes, near this row.

    Examples
    --------
    >>> proportional(np.array([[3.0, -1.0]]), np.array([0.5]), slope=0.25)
    array([[ 0.75, -0.25]])
    >>> proportional(np.array([[2.0, -2.0]]), np.array([0.0]), slope=0.25)
    array([[ 0.5, -0.5]])
    """
    sizes = np.abs(terms)
    size = sizes.sum(axis=1)
    summed = terms.sum(axis=1)
    cancels = np.abs(summed) <= np.maximum(LEVEL * size, NOTHING)
    factor = np.where(cancels, slope, total / np.where(cancels, 1.0, summed))
    bound = largest / np.maximum(sizes.max(axis=1, initial=0.0), NOTHING)
    scaled = np.clip(factor, -bound, bound)[:, None] * terms
    parts = sizes / np.maximum(size, NOTHING)[:, None]
    weights = np.where(size[:, None] > NOTHING, parts, 1 / terms.shape[1])
    spread: Floats = scaled + (total - scaled.sum(axis=1))[:, None] * weights
    return spread


def _score(output: Floats, *, is_forest: bool) -> Floats:
    return output if is_forest else sigmoid(output)


def _check_sums(
    bundle: Bundle, contributions: Contributions, *, is_forest: bool
) -> None:
    """Refuse contributions of another model than the graph's."""
    columns = bundle.golden.columns
    terms = contributions.of(bundle.matrix(columns))
    found = _score(contributions.base + terms.sum(axis=1), is_forest=is_forest)
    worst = np.abs(found - bundle.uncalibrated(columns)).max()
    if not worst <= TOLERANCE:
        raise BundleError(
            f"expected reasons that sum to the graph's scores within {TOLERANCE}, "
            f"found a difference of {worst:.3g}; they are another model's"
        )
