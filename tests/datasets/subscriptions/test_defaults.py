"""What the default business promises to whoever measures a model on it."""

import numpy as np
import polars as pl
import pytest
import xgboost as xgb
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from churn.splits import TimeSplit, split_by_time
from datasets.subscriptions.definition import DATASET

NUMBERS = [f.name for f in DATASET.model_features if f.kind == "number"]
CATEGORIES = [f.name for f in DATASET.model_features if f.kind == "category"]


def expected_auc(score, probability):
    """AUC over all labels that the true probabilities could have given."""
    return roc_auc_score(
        np.repeat([True, False], len(score)),
        np.tile(score, 2),
        sample_weight=np.concatenate([probability, 1 - probability]),
    )


def lead(score, rows):
    """AUC above chance as a share of the oracle's, on the labels that happened."""
    y, truth = rows["is_churn"], rows["churn_probability"]
    return (roc_auc_score(y, score) - 0.5) / (roc_auc_score(y, truth) - 0.5)


def encoded(numbers):
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((numbers, NUMBERS), (one_hot, CATEGORIES))


def columns(rows):
    return rows.select(NUMBERS + CATEGORIES).to_pandas()


@pytest.fixture(scope="module")
def split(snapshots):
    plan = TimeSplit(calibration_snapshots=2, test_snapshots=3)
    return split_by_time(snapshots, plan, maturity_days=60)


def test_three_to_six_percent_leave_each_month(snapshots):
    rates = snapshots.group_by("snapshot_date").agg(pl.col("is_churn").mean())

    assert len(rates) == 17
    assert rates["is_churn"].min() >= 0.03
    assert rates["is_churn"].max() <= 0.06


def test_the_training_window_holds_some_fifty_thousand_rows(split):
    assert 45_000 < len(split.train) < 60_000


def test_the_best_possible_auc_is_between_82_and_88_percent(snapshots):
    truth = snapshots["churn_probability"].to_numpy()

    assert 0.82 <= roc_auc_score(snapshots["is_churn"], truth) <= 0.88
    assert 0.82 <= expected_auc(truth, truth) <= 0.88


def test_hidden_traits_are_worth_two_points_of_auc_and_little_more(snapshots):
    truth = snapshots["churn_probability"].to_numpy()
    visible = snapshots["churn_probability_visible"].to_numpy()
    y = snapshots["is_churn"]

    assert 0.02 <= expected_auc(truth, truth) - expected_auc(visible, truth) <= 0.025
    assert roc_auc_score(y, truth) - roc_auc_score(y, visible) >= 0.02


@pytest.mark.parametrize("name", NUMBERS)
def test_no_single_number_ranks_better_than_70_percent(name, snapshots):
    values = snapshots[name].cast(pl.Float64)
    for missing in (-1.0, 1e12):
        auc = roc_auc_score(snapshots["is_churn"], values.fill_null(missing))

        assert max(auc, 1 - auc) <= 0.70


@pytest.mark.parametrize("name", CATEGORIES)
def test_no_single_category_ranks_better_than_70_percent(name, snapshots):
    rate = snapshots.select(pl.col("is_churn").mean().over(name)).to_series()

    assert roc_auc_score(snapshots["is_churn"], rate) <= 0.70


def test_plain_logistic_regression_reaches_at_most_85_percent_of_the_lead(split):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    model = make_pipeline(encoded(numbers), LogisticRegression(max_iter=2_000))
    model.fit(columns(split.train), split.train["is_churn"])
    score = model.predict_proba(columns(split.test))[:, 1]

    assert 0.5 < lead(score, split.test) <= 0.85


def test_boosted_trees_reach_at_least_90_percent_of_the_lead(split):
    trees = xgb.XGBClassifier(
        max_depth=4,
        learning_rate=0.08,
        n_estimators=180,
        min_child_weight=10,
        subsample=0.8,
        colsample_bytree=0.5,
        reg_lambda=5,
        n_jobs=1,
        random_state=0,
    )
    model = make_pipeline(encoded("passthrough"), trees)
    model.fit(columns(split.train), split.train["is_churn"])
    score = model.predict_proba(columns(split.test))[:, 1]
    truth = split.test["churn_probability"].to_numpy()
    best = expected_auc(truth, truth) - 0.5

    assert lead(score, split.test) >= 0.90
    assert (expected_auc(score, truth) - 0.5) / best >= 0.91
