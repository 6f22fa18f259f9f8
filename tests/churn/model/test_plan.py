from dataclasses import replace

import pytest

from churn.errors import ConfigError
from churn.model.plan import CalibrationPlan, ModelPlan, SearchPlan

MODEL = ModelPlan("xgboost", {"max_depth": 3}, "none", seed=1, threads=1)
SEARCH = SearchPlan(["xgboost"], trials=1, max_rows=100, max_seconds=1, folds=2)


def test_a_misspelt_kind_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="nearest is xgboost"):
        replace(MODEL, kind="xgbost")


def test_a_misspelt_parameter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="nearest is max_depth"):
        replace(MODEL, params={"max_deep": 3})


@pytest.mark.parametrize("value", [0, 3.5, True, -1])
def test_a_depth_that_no_tree_can_have_is_refused(value: float) -> None:
    with pytest.raises(ConfigError, match="whole number from 1 to 16"):
        replace(MODEL, params={"max_depth": value})


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_some_learner_cannot_take_is_refused(seed: int) -> None:
    with pytest.raises(ConfigError, match=r"model\.seed: .* at most 4294967295"):
        replace(MODEL, seed=seed)


def test_params_without_a_kind_are_refused() -> None:
    with pytest.raises(ConfigError, match="need model.kind"):
        replace(MODEL, kind=None)


def test_an_unknown_way_to_deal_with_imbalance_is_refused() -> None:
    with pytest.raises(ConfigError, match="nearest is smote"):
        replace(MODEL, imbalance="smoth")


@pytest.mark.parametrize(
    "change", [{"kinds": []}, {"folds": 1}, {"trials": 0}, {"kinds": ["a"]}]
)
def test_a_search_that_cannot_compare_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        replace(SEARCH, **change)


@pytest.mark.parametrize("methods", [[], ["none", "none"], ["isotonik"]])
def test_a_calibration_without_valid_methods_is_refused(methods: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"calibration\.methods"):
        CalibrationPlan(methods, folds=2)
