"""Takes a model's output apart, column by column of its matrix.

Exact terms for the linear model; for ensembles TreeSHAP by XGBoost, which is imported
only when a bundle has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from churn.errors import BundleError
from churn.scoring.bundle import Bundle
from churn.scoring.manifest import BOOSTER, LINEAR, parse_json

if TYPE_CHECKING:
    from xgboost import Booster

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
FAR = float(np.finfo(np.float32).max)


class Contributions(Protocol):
    """How a kind of model takes its output apart.

    ``base`` is the output for the average training row. With it the contributions
    of a row sum to the row's output: log-odds, or a forest's share of churners.
    """

    @property
    def base(self) -> float:
        """Of no row in particular."""

    def of(self, matrix: Matrix) -> Floats:
        """Shape (n_rows, n_columns)."""


@dataclass(frozen=True)
class _Linear:
    """Each column's distance from its mean in training, times its coefficient."""

    base: float
    coefficients: Floats
    means: Floats

    def of(self, matrix: Matrix) -> Floats:
        # A value far beyond training can be infinite in float32.
        finite = np.nan_to_num(matrix.astype(np.float64), posinf=FAR, neginf=-FAR)
        terms: Floats = (finite - self.means) * self.coefficients
        return terms


@dataclass(frozen=True)
class _Trees:
    """TreeSHAP, path-dependent, by the library that grew the trees.

    References
    ----------
    Lundberg et al. (2020), "From local explanations to global understanding with
    explainable AI for trees", Nature Machine Intelligence 2, algorithm 2.
    """

    booster: "Booster"
    base: float

    def of(self, matrix: Matrix) -> Floats:
        return _tree_shap(self.booster, matrix)[:, :-1]


def contributions_of(bundle: Bundle) -> Contributions:
    """What a bundle's reasons are computed from.

    Raises
    ------
    BundleError
        If the file is damaged.
    """
    n_columns = len(bundle.column_names)
    if LINEAR in bundle.files:
        return _linear(parse_json(LINEAR, bundle.files), n_columns)
    booster = _booster(bundle.files[BOOSTER], n_columns)
    row = np.zeros((1, n_columns), dtype=np.float32)
    return _Trees(booster, float(_tree_shap(booster, row)[0, -1]))


def _linear(record: Mapping[str, Any], n_columns: int) -> _Linear:
    try:
        coefficients, means = (
            np.array(record[name], dtype=np.float64).reshape(n_columns)
            for name in ("coefficients", "means")
        )
        base = float(record["intercept"]) + float(coefficients @ means)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BundleError(
            f"{LINEAR}: expected a coefficient and a mean for each of {n_columns} "
            f"columns, found {error}"
        ) from error
    return _Linear(base, coefficients, means)


def _booster(content: bytes, n_columns: int) -> "Booster":
    from xgboost import Booster
    from xgboost.core import XGBoostError

    if not content.startswith(b"{"):
        # XGBoost ends the process on an empty one.
        raise BundleError(f"{BOOSTER}: expected a booster, found another file")
    booster = Booster({"nthread": 1})
    try:
        booster.load_model(bytearray(content))
        booster.set_param({"nthread": 1})
        found = booster.num_features()
    except (XGBoostError, ValueError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise BundleError(f"{BOOSTER}: expected a booster, found {first}") from error
    if found != n_columns:
        raise BundleError(
            f"{BOOSTER}: expected {n_columns} columns as in the manifest, found {found}"
        )
    return booster


def _tree_shap(booster: "Booster", matrix: Matrix) -> Floats:
    from xgboost import DMatrix

    found = booster.predict(DMatrix(matrix, nthread=1), pred_contribs=True)
    exact: Floats = found.astype(np.float64)
    return exact
