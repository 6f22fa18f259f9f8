import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from churn.errors import NotEnoughDataError
from churn.evaluation.baselines import fit_baselines
from churn.features.declarations import Column


def feature(name, kind="number"):
    return Column(name=name, column=name, unit="", meaning="", kind=kind)


TENURE, PLAN = feature("tenure_months"), feature("plan", "category")


def rows(**columns):
    return pl.DataFrame(columns, strict=False)


def fitted(train, *features):
    return {baseline.name: baseline for baseline in fit_baselines(train, features)}


def test_majority_gives_the_base_rate_of_the_training_rows():
    train = rows(tenure_months=[1, 2, 3, 4], is_churn=[True, False, False, False])

    majority = fitted(train, TENURE)["majority"]

    assert majority.predict(train.head(2)).tolist() == [0.25, 0.25]
    assert "25.0%" in majority.description


def test_best_rule_finds_the_threshold_that_parts_the_classes():
    train = rows(
        tenure_months=[1, 2, 3, 40, 50, 60],
        plan=["a", "b", "a", "b", "a", "b"],
        is_churn=[True, True, True, False, False, False],
    )

    rule = fitted(train, PLAN, TENURE)["best_rule"]

    # One row of either class is added to each side: (3 + 1) / (3 + 2).
    assert rule.description == "if tenure_months is at most 3: 80.0%, otherwise 20.0%"
    assert rule.predict(rows(tenure_months=[3, 4, None])) == pytest.approx(
        [0.8, 0.2, 0.2]
    )


def test_best_rule_may_be_a_category():
    train = rows(
        plan=["basic", "family", "basic", "pro", None],
        is_churn=[True, False, True, False, False],
    )

    rule = fitted(train, PLAN)["best_rule"]

    assert rule.description.startswith("if plan is 'basic'")
    unseen = rows(plan=["basic", "new", None])
    assert rule.predict(unseen) == pytest.approx([0.75, 0.2, 0.2])


def test_best_rule_may_be_that_a_value_is_missing():
    train = rows(
        tenure_months=[None, None, 5, 5, 6], is_churn=[True, True, False, False, False]
    )

    rule = fitted(train, TENURE)["best_rule"]

    assert rule.description.startswith("if tenure_months is missing")
    assert rule.predict(train) == pytest.approx([0.75, 0.75, 0.2, 0.2, 0.2])


def test_best_rule_without_a_varying_feature_is_the_majority():
    train = rows(tenure_months=[7, 7], is_churn=[True, False])

    rule = fitted(train, TENURE)["best_rule"]

    assert rule.predict(train).tolist() == [0.5, 0.5]


def test_best_rule_looks_at_thresholds_beyond_a_pile_of_equal_values():
    values = np.concatenate([np.zeros(5000), np.arange(1, 1001)])
    train = rows(tenure_months=values, is_churn=values > 900)

    found = fitted(train, TENURE)["best_rule"]

    assert (found.predict(train) > 0.5).sum() == pytest.approx(100, abs=10)


def test_logistic_fills_gaps_scales_and_encodes():
    rng = np.random.default_rng(2)
    tenure = rng.integers(0, 60, 300).astype(float)
    plan = rng.choice(["a", "b"], 300)
    churned = rng.random(300) < 1 / (1 + np.exp(tenure / 20 - (plan == "a")))
    train = rows(
        tenure_months=[None if i < 9 else t for i, t in enumerate(tenure)],
        plan=[None if i % 10 == 0 else p for i, p in enumerate(plan)],
        is_churn=churned,
    )

    found = fitted(train, TENURE, PLAN)["logistic"].predict(train)

    filled = train["tenure_months"].fill_null(train["tenure_months"].median())
    scaled = (filled - filled.mean()) / filled.std(ddof=0)
    plans = train["plan"].fill_null("?")
    one_hot = [(plans == level).to_numpy() for level in ("a", "b", "?")]
    design = np.column_stack([scaled, *one_hot])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(design, churned)
    assert found == pytest.approx(model.predict_proba(design)[:, 1], abs=1e-4)


def test_logistic_takes_a_category_it_has_never_seen():
    train = rows(plan=["a", "b", "a", "b"], is_churn=[True, False, True, False])

    found = fitted(train, PLAN)["logistic"].predict(rows(plan=["a", "new", "b"]))

    assert found[0] > found[1] > found[2]


def test_logistic_copes_with_a_number_that_is_always_missing():
    train = pl.DataFrame(
        {"tenure_months": [None, None], "plan": ["a", "b"], "is_churn": [True, False]},
        schema_overrides={"tenure_months": pl.Float64},
    )

    found = fitted(train, TENURE, PLAN)["logistic"].predict(train)

    assert np.isfinite(found).all()


def test_one_class_is_an_error_that_says_so():
    train = rows(tenure_months=[1, 2], is_churn=[False, False])

    with pytest.raises(NotEnoughDataError, match="0 churners in 2 rows"):
        fit_baselines(train, [TENURE])
