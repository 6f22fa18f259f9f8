"""Seeded snapshots with missing values and rare categories, and plans to fit them."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from churn.features.declarations import Feature
from churn.model.plan import CalibrationPlan, ModelPlan, SearchPlan
from churn.model.recipe import Recipe
from churn.model.search import SearchResult
from churn.model.spaces import space
from churn.model.train import fit_recipe
from churn.scoring.bundle import Bundle
from churn.scoring.decision import Economics
from churn.splits import Split

FEATURES = (
    Feature(name="tenure_days", unit="days", meaning="Tenure.", log1p=True),
    Feature(name="spend_cents", unit="cents", meaning="Spend."),
    Feature(name="visits", unit="events", meaning="Visits."),
    Feature(name="plan", unit="text", meaning="Plan.", kind="category"),
    Feature(name="region", unit="text", meaning="Region.", kind="category"),
)
PLAN = ModelPlan(kind=None, params=None, imbalance="none", seed=7, threads=1)
SEARCH = SearchPlan(
    kinds=["logistic_regression", "xgboost"],
    trials=3,
    max_rows=100_000,
    max_seconds=1e9,
    folds=2,
)
LINEAGE = {"created_at": "2024-01-01T00:00:00", "run": "first", "git_commit": "abc"}
SMALL = {
    "logistic_regression": {"C": 1.0},
    "random_forest": space("random_forest").defaults | {"num_parallel_tree": 15},
    "xgboost": space("xgboost").defaults | {"n_estimators": 40, "max_depth": 3},
}


def rows(n: int, *, seed: int, n_dates: int = 1) -> pl.DataFrame:
    """``n`` customers on each of ``n_dates`` dates, 30 days apart."""
    rng = np.random.default_rng(seed)
    total = n * n_dates
    tenure = rng.integers(0, 2000, total).astype(float)
    spend = rng.lognormal(8, 1, total)
    plan = rng.choice(["basic", "plus", "größer"], total, p=[0.6, 0.3, 0.1])
    odds = 0.5 - 0.002 * tenure + 0.8 * (plan == "basic")
    frame = pl.DataFrame(
        {
            "customer_id": [f"c{k % n:05}" for k in range(total)],
            "snapshot_date": [
                date(2024, 1, 1) + timedelta(days=30 * (k // n)) for k in range(total)
            ],
            "customer_value": np.full(total, 200.0),
            "tenure_days": tenure,
            "spend_cents": spend,
            "visits": rng.poisson(3, total),
            "plan": plan,
            "region": rng.choice(["north", "south"], total),
            "is_churn": rng.random(total) < 1 / (1 + np.exp(-odds)),
        }
    )
    return frame.with_columns(
        pl.when(pl.Series(rng.random(total) < 0.15))
        .then(None)
        .otherwise(pl.col(name))
        .alias(name)
        for name in ("spend_cents", "visits", "region")
    )


def strangers(n: int, *, seed: int) -> pl.DataFrame:
    """Rows with a category and values that no training saw."""
    seen = rows(n, seed=seed)
    return seen.with_columns(
        plan=pl.when(pl.int_range(n) % 3 == 0).then(pl.lit("new")).otherwise("plan"),
        tenure_days=pl.col("tenure_days") * 10 - 50,
    )


def windows(n: int = 400) -> Split:
    """Three windows of other customers."""
    return Split(rows(n, seed=1), rows(n, seed=2), rows(n, seed=3))


def fixed(kind: str) -> SearchResult:
    """The result of a search that the plan made needless, small enough for a test."""
    return SearchResult(
        kind=kind,
        params=SMALL[kind],
        candidates=(),
        scheme="none",
        folds=0,
        n_rows=0,
        reproducible=True,
        why="fixed",
    )


def recipe(kind: str, methods: tuple[str, ...] = ("none", "sigmoid")) -> Recipe:
    """A recipe for these rows."""
    return Recipe(
        dataset="invented",
        features=FEATURES,
        chosen=fixed(kind),
        model=replace(PLAN, kind=kind),
        calibration=CalibrationPlan(list(methods), folds=3),
        economics=Economics(10.0, 1.0, 0.3),
        lineage=LINEAGE,
    )


def bundle(kind: str = "logistic_regression") -> Bundle:
    """A small bundle."""
    return fit_recipe(windows(200), recipe(kind))
