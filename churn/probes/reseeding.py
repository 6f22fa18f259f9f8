"""The same recipe with other seeds: how much of a model is luck."""

from dataclasses import replace

import polars as pl

from churn.evaluation.evidence import RESEEDED
from churn.model.columns import to_columns
from churn.model.plan import LARGEST_SEED
from churn.model.recipe import Recipe
from churn.model.train import fit_recipe
from churn.splits import Split


def reseeded_scores(split: Split, recipe: Recipe, *, reseeds: int) -> pl.DataFrame:
    """Fit the recipe again with each of the next seeds and score the test rows.

    Nothing is searched again; learner and calibrator are fitted anew.

    Returns
    -------
    DataFrame of len(split.test) rows
        ``reseeded__1`` to ``reseeded__<reseeds>``, in the test rows' order.
    """
    columns = to_columns(split.test, recipe.features)
    seeds = [(recipe.model.seed + n) % (LARGEST_SEED + 1) for n in range(reseeds + 1)]
    return pl.DataFrame(
        {
            f"{RESEEDED}{n}": fit_recipe(split, _with_seed(recipe, seed)).score(columns)
            for n, seed in enumerate(seeds)
            if n > 0
        }
    )


def _with_seed(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, model=replace(recipe.model, seed=seed))
