from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.errors import NotEnoughDataError
from churn.model.candidates import (
    balanced,
    candidate,
    fit_candidate,
    preparation,
)
from churn.model.columns import to_table
from churn.model.spaces import KINDS
from tests.snapshot_rows import FEATURES, PLAN, SMALL, rows, strangers

MATRIX = np.array([[0.0, np.nan]] * 10 + [[1.0, 1.0], [3.0, np.nan]] * 4)
LABELS = np.array([0] * 10 + [1] * 8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_and_scores_missing_and_unseen_values(kind: str) -> None:
    pipeline = candidate(kind, SMALL[kind], FEATURES, PLAN)

    fit_candidate(pipeline, rows(300, seed=1), FEATURES, PLAN)

    p = pipeline.predict_proba(to_table(strangers(50, seed=2), FEATURES))[:, 1]
    assert np.isfinite(p).all()
    assert p.std() > 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_preparation_learns_nothing_from_the_rows_it_only_transforms(kind: str) -> None:
    train, later = rows(200, seed=1), strangers(200, seed=2)

    fitted = preparation(kind, FEATURES).fit(to_table(train, FEATURES))
    before = fitted.transform(to_table(train, FEATURES))
    fitted.transform(to_table(later, FEATURES))

    np.testing.assert_array_equal(before, fitted.transform(to_table(train, FEATURES)))


def test_trees_see_numbers_unscaled_as_float32_with_nan_kept() -> None:
    train = rows(100, seed=1)

    matrix = preparation("xgboost", FEATURES).fit_transform(to_table(train, FEATURES))

    assert matrix.dtype == np.float32
    spend = train["spend_cents"].cast(pl.Float32).fill_null(float("nan")).to_numpy()
    np.testing.assert_array_equal(matrix[:, 1], spend)


def test_the_linear_model_sees_standardised_numbers_and_what_was_missing() -> None:
    table = to_table(rows(300, seed=1), FEATURES)

    matrix = preparation("logistic_regression", FEATURES).fit_transform(table)

    # Three numbers, two of them sometimes missing, one logged; 3 + 3 categories.
    assert matrix.shape == (300, 3 + 2 + 1 + 3 + 3)
    np.testing.assert_allclose(matrix[:, :6].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(matrix[:, :6].std(axis=0), 1)


def test_smote_leaves_real_rows_alone_and_adds_churners_to_balance() -> None:
    matrix, labels, weights = balanced(MATRIX, LABELS, "smote", seed=0)

    np.testing.assert_array_equal(matrix[:18], MATRIX)
    assert labels[18:].tolist() == [1, 1]
    assert np.isfinite(matrix[18:]).all()
    assert weights is None


def test_smote_needs_churners_to_interpolate_between() -> None:
    with pytest.raises(NotEnoughDataError, match="found 2; set model.imbalance"):
        balanced(MATRIX[:12], np.array([0] * 10 + [1] * 2), "smote", seed=0)


def test_class_weights_give_both_classes_the_same_say() -> None:
    _, _, weights = balanced(MATRIX, LABELS, "class_weight", seed=0)

    assert weights is not None
    assert weights[LABELS == 0].sum() == pytest.approx(weights[LABELS == 1].sum())


def test_class_weights_raise_the_scores_of_a_rare_class() -> None:
    train = rows(400, seed=1).filter(
        pl.col("is_churn").not_() | (pl.int_range(400) < 80)
    )
    means = []
    for imbalance in ("none", "class_weight"):
        plan = replace(PLAN, imbalance=imbalance)
        pipeline = candidate("xgboost", SMALL["xgboost"], FEATURES, plan)
        fit_candidate(pipeline, train, FEATURES, plan)
        means.append(pipeline.predict_proba(to_table(train, FEATURES))[:, 1].mean())

    assert means[0] == pytest.approx(train["is_churn"].mean(), abs=0.03)
    assert means[1] > means[0] + 0.1


def test_a_forest_answers_with_shares_of_churners() -> None:
    train = rows(400, seed=1)
    params = SMALL["random_forest"] | {"max_depth": 1, "num_parallel_tree": 1}
    pipeline = candidate("random_forest", params | {"subsample": 1.0}, FEATURES, PLAN)

    fit_candidate(pipeline, train, FEATURES, PLAN)

    p = pipeline.predict_proba(to_table(train, FEATURES))[:, 1]
    for share in np.unique(p):
        assert train["is_churn"].to_numpy()[p == share].mean() == pytest.approx(
            share, 1e-4
        )
