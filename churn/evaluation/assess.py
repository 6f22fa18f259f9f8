"""A fitted bundle, measured: its scores and its rivals' scores of the test window."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from churn.evaluation.baselines import fit_baselines
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evaluate import evaluate
from churn.evaluation.importance import permutation_importance
from churn.evaluation.rivals import ChampionScores, Competitor, Rivals
from churn.evaluation.scorecard import Scorecard
from churn.evaluation.weighting import Floats
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle
from churn.splits import Split

IMPORTANCE_ROWS = 5_000
KEY = ("customer_id", "snapshot_date")


def assess(
    split: Split,
    bundle: Bundle,
    features: Sequence[Feature],
    plan: EvaluationPlan,
    *,
    champion: ChampionScores | None,
    oracle: pl.DataFrame,
) -> Scorecard:
    """Score the test window, fit the baselines on the training window, compare.

    Parameters
    ----------
    champion : ChampionScores or None
        The production version's scores of the same test rows.
    oracle : DataFrame
        ``customer_id, snapshot_date, churn_probability``, or empty where nobody
        knows the truth.
    """

    def score(frame: pl.DataFrame) -> Floats:
        return bundle.score(to_columns(frame, features))

    test = split.test
    baselines = {
        baseline.name: Competitor(baseline.description, baseline.predict(test))
        for baseline in fit_baselines(split.train, features)
    }
    importance = permutation_importance(
        score,
        test,
        features,
        np.random.default_rng(plan.seed),
        max_rows=IMPORTANCE_ROWS,
    )
    rivals = Rivals(baselines, champion, oracle_scores(test, oracle))
    # The number of threads decides in which order matrix products add up.
    with threadpool_limits(1):
        return evaluate(
            test,
            score(test),
            rivals,
            economics=bundle.economics,
            importance=importance,
            plan=plan,
        )


def oracle_scores(test: pl.DataFrame, oracle: pl.DataFrame) -> Floats | None:
    """The true probability of each test row; None unless it is known for all."""
    if oracle.is_empty():
        return None
    joined = test.select(KEY).join(oracle, on=KEY, how="left", maintain_order="left")
    known = joined["churn_probability"]
    return None if known.null_count() else known.to_numpy()
