from dataclasses import replace

import numpy as np
import pytest

from churn.model.columns import to_columns
from churn.model.plan import LARGEST_SEED
from churn.model.recipe import Recipe
from churn.model.train import fit_recipe
from churn.probes.reseeding import reseeded_scores
from tests.snapshot_rows import FEATURES, recipe, windows

SPLIT = windows(150)


def seeded(made: Recipe, seed: int) -> Recipe:
    return replace(made, model=replace(made.model, seed=seed))


def test_each_column_holds_the_scores_of_the_next_seed() -> None:
    made = recipe("xgboost")

    found = reseeded_scores(SPLIT, made, reseeds=2)

    columns = to_columns(SPLIT.test, FEATURES)
    assert found.columns == ["reseeded__1", "reseeded__2"]
    for n in (1, 2):
        again = fit_recipe(SPLIT, seeded(made, made.model.seed + n)).score(columns)
        np.testing.assert_array_equal(found[f"reseeded__{n}"], again)


@pytest.mark.parametrize(
    ("kind", "differs"), [("xgboost", True), ("logistic_regression", False)]
)
def test_only_what_draws_at_random_depends_on_the_seed(
    kind: str, differs: bool
) -> None:
    made = recipe(kind, ("sigmoid",))

    found = reseeded_scores(SPLIT, made, reseeds=1)["reseeded__1"]

    own = fit_recipe(SPLIT, made).score(to_columns(SPLIT.test, FEATURES))
    assert bool(np.abs(found - own).max() > 1e-6) is differs


def test_after_the_largest_seed_comes_the_first() -> None:
    made = recipe("xgboost")

    found = reseeded_scores(SPLIT, seeded(made, LARGEST_SEED), reseeds=1)

    first = reseeded_scores(SPLIT, seeded(made, LARGEST_SEED - 1), reseeds=2)
    assert found["reseeded__1"].equals(first["reseeded__2"], check_names=False)


def test_without_other_seeds_there_is_no_column() -> None:
    assert reseeded_scores(SPLIT, recipe("xgboost"), reseeds=0).width == 0
