"""One scikit-learn pipeline per kind of model, all preprocessing inside.

Two steps each: ``prepare`` turns raw values into the model matrix, ``model``
learns from it. Trees get raw float32 numbers, because splits on scaled ones fall
elsewhere once exported.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from imblearn.over_sampling import SMOTE
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils.class_weight import compute_sample_weight
from xgboost import XGBClassifier

from churn.errors import NotEnoughDataError
from churn.features.declarations import Feature
from churn.model.columns import to_table
from churn.model.graph_scores import SMALLEST_SHARE
from churn.model.plan import Imbalance, ModelPlan
from churn.model.spaces import FOREST, LOGISTIC, Params

Matrix = NDArray[np.floating]
Labels = NDArray[np.int64]
SMOTE_NEIGHBOURS = 5


def candidate(
    kind: str, params: Params, features: Sequence[Feature], plan: ModelPlan
) -> Pipeline:
    """An unfitted pipeline of ``prepare`` and ``model``.

    Parameters
    ----------
    kind : str
        One of ``spaces.KINDS``.
    params : dict
        A value for every knob of the kind.
    """
    return Pipeline(
        [
            ("prepare", preparation(kind, features)),
            ("model", learner(kind, params, plan)),
        ]
    )


def fit_candidate(
    pipeline: Pipeline,
    frame: pl.DataFrame,
    features: Sequence[Feature],
    plan: ModelPlan,
) -> Pipeline:
    """Fit ``prepare`` on the rows of ``frame``, then ``model`` on balanced rows."""
    labels = frame["is_churn"].cast(pl.Int64).to_numpy()
    matrix = pipeline["prepare"].fit_transform(to_table(frame, features))
    fit_learner(pipeline["model"], matrix, labels, plan)
    return pipeline


def preparation(kind: str, features: Sequence[Feature]) -> ColumnTransformer:
    """Raw values to the matrix: numbers in declared order, then one-hot categories."""
    numbers = [f for f in features if f.kind == "number"]
    categories = [f.name for f in features if f.kind == "category"]
    number_step = _linear_numbers(numbers) if kind == LOGISTIC else "passthrough"
    dtype = np.float64 if kind == LOGISTIC else np.float32
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=dtype)
    parts = [
        ("numbers", number_step, [f.name for f in numbers]),
        ("categories", one_hot, categories),
    ]
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def learner(kind: str, params: Params, plan: ModelPlan) -> ClassifierMixin:
    """The unfitted classifier of a kind."""
    if kind == LOGISTIC:
        return LogisticRegression(**params, max_iter=2000, random_state=plan.seed)
    common = {
        "tree_method": "hist",
        "n_jobs": plan.threads,
        "random_state": plan.seed,
    }
    if kind == FOREST:
        return ForestOfShares(**params, **_FOREST_OF_SHARES, **common)
    return XGBClassifier(**params, **common)


class ForestOfShares(XGBClassifier):
    """A forest whose share of churners stays a probability.

    The float32 sum of a hundred leaves of pure churners can round to 1.000001.
    """

    def predict_proba(self, X: Any, *args: Any, **options: Any) -> Any:
        """Shares of both classes, shape (n_rows, 2), clipped as the graph does it.

        The arguments are XGBoost's.
        """
        shares = super().predict_proba(X, *args, **options)
        return np.clip(shares, SMALLEST_SHARE, 1 - SMALLEST_SHARE)


_FOREST_OF_SHARES = {
    # Squared error without shrinkage makes each leaf the share of churners in it.
    # A single Newton step on log loss would not reach those shares: measured log
    # loss 0.127 against 0.166 on Bank, 0.416 against 0.432 on Telco.
    "objective": "reg:squarederror",
    "n_estimators": 1,
    "learning_rate": 1.0,
    "reg_lambda": 0.0,
}


def fit_learner(
    model: ClassifierMixin, matrix: Matrix, labels: Labels, plan: ModelPlan
) -> None:
    """Fit on the given training rows, balanced as planned."""
    rows, targets, weights = balanced(matrix, labels, plan.imbalance, plan.seed)
    model.fit(rows, targets, sample_weight=weights)


def balanced(
    matrix: Matrix, labels: Labels, imbalance: Imbalance, seed: int
) -> tuple[Matrix, Labels, NDArray[np.float64] | None]:
    """Training rows, labels and weights after dealing with rare churners.

    SMOTE cannot see missing values: it works on a median-filled copy, of which
    only the synthetic rows are kept; the real rows stay as they are.

    Raises
    ------
    NotEnoughDataError
        If one class has too few rows to interpolate between.
    """
    if imbalance == "class_weight":
        return matrix, labels, compute_sample_weight("balanced", labels)
    if imbalance == "smote":
        synthetic, targets = _smote(matrix, labels, seed)
        return np.vstack([matrix, synthetic]), np.append(labels, targets), None
    return matrix, labels, None


def _smote(matrix: Matrix, labels: Labels, seed: int) -> tuple[Matrix, Labels]:
    rarest = int(np.bincount(labels, minlength=2).min())
    if rarest <= SMOTE_NEIGHBOURS:
        raise NotEnoughDataError(
            f"SMOTE expects more than {SMOTE_NEIGHBOURS} rows of each class, found "
            f"{rarest}; set model.imbalance to none"
        )
    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    smote = SMOTE(random_state=seed, k_neighbors=SMOTE_NEIGHBOURS)
    rows, targets = smote.fit_resample(filled.fit_transform(matrix), labels)
    return rows[len(labels) :].astype(matrix.dtype), targets[len(labels) :]


def _linear_numbers(numbers: Sequence[Feature]) -> TransformerMixin:
    logged = [i for i, f in enumerate(numbers) if f.log1p]
    return Pipeline(
        [
            ("double", FunctionTransformer(as_double)),
            (
                "impute",
                SimpleImputer(
                    strategy="median", add_indicator=True, keep_empty_features=True
                ),
            ),
            ("log1p", FunctionTransformer(with_log1p, kw_args={"columns": logged})),
            ("scale", StandardScaler()),
        ]
    )


def as_double(table: pl.DataFrame) -> NDArray[np.float64]:
    """The numbers as float64, so that means and scales keep their digits."""
    return table.to_numpy().astype(np.float64)


def with_log1p(matrix: Matrix, columns: Sequence[int]) -> Matrix:
    """Append ``log(1 + max(x, 0))`` of the given columns.

    Examples
    --------
    >>> with_log1p(np.array([[0.0, 3.0]]), columns=[0])
    array([[0., 3., 0.]])
    """
    return np.hstack([matrix, np.log1p(np.maximum(matrix[:, list(columns)], 0.0))])
