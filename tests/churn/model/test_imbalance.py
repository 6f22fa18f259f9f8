from dataclasses import replace

import pytest

from churn.model.columns import to_columns
from churn.model.imbalance import damage
from churn.model.recipe import Recipe
from churn.model.train import fit_recipe
from tests.snapshot_rows import FEATURES, recipe, windows

SPLIT = windows(400)


def rebalanced(imbalance: str) -> Recipe:
    plain = recipe("logistic_regression")
    return replace(plain, model=replace(plain.model, imbalance=imbalance))


def test_a_model_that_was_not_rebalanced_has_no_damage() -> None:
    assert fit_recipe(SPLIT, recipe("xgboost")).manifest["imbalance_damage"] is None


@pytest.mark.parametrize("imbalance", ["smote", "class_weight"])
def test_rebalancing_makes_the_probabilities_less_honest(imbalance: str) -> None:
    made = fit_recipe(SPLIT, rebalanced(imbalance))
    measured = made.manifest["imbalance_damage"]

    assert measured["rebalanced"]["ece"] > measured["plain"]["ece"]
    assert measured["rebalanced"]["brier"] > measured["plain"]["brier"]


def test_the_same_scores_show_no_damage() -> None:
    plain = fit_recipe(SPLIT, recipe("logistic_regression"))
    scores = plain.uncalibrated(to_columns(SPLIT.calibration, FEATURES))

    found = damage(SPLIT, rebalanced("class_weight"), scores)

    assert found is not None
    assert found.rebalanced.brier == pytest.approx(found.plain.brier)
