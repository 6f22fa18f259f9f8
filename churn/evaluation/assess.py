"""A fitted bundle, measured: its scores and its rivals' scores of the test window."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from churn.evaluation.baselines import fit_baselines
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evaluate import evaluate
from churn.evaluation.evidence import (
    CHALLENGER,
    RIVAL,
    Evidence,
    customer_codes,
    reading_order,
)
from churn.evaluation.importance import permutation_importance
from churn.evaluation.observations import Observations
from churn.evaluation.rivals import CHAMPION, ORACLE, ChampionScores
from churn.evaluation.scorecard import Scorecard
from churn.evaluation.slices import PREFIX
from churn.evaluation.weighting import Floats
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle
from churn.splits import Split

IMPORTANCE_ROWS = 5_000
KEY = ("customer_id", "snapshot_date")
FACTS = ("snapshot_date", "is_churn", "customer_value")


def gather(  # noqa: PLR0913 (one parameter a source of evidence)
    split: Split,
    bundle: Bundle,
    features: Sequence[Feature],
    plan: EvaluationPlan,
    *,
    champion: ChampionScores | None,
    oracle: pl.DataFrame,
    observations: Observations,
    behaviour: pl.DataFrame,
    reseeded: pl.DataFrame,
) -> Evidence:
    """Score the test window and fit the baselines on the training window.

    Parameters
    ----------
    champion : ChampionScores or None
        The production version's scores of the same test rows.
    oracle : DataFrame
        ``customer_id, snapshot_date, churn_probability``, or empty where nobody
        knows the truth.
    behaviour : DataFrame of ``evidence.BEHAVIOUR``
    reseeded : DataFrame of len(split.test) rows
        ``reseeded__<n>``: scores of the same recipe fitted with other seeds; may
        have no columns.
    """
    test = split.test
    rivals, descriptions = _rivals(split, features, champion, oracle)
    scores = {CHALLENGER: bundle.score(to_columns(test, features))}
    scores |= {RIVAL + name: found for name, found in rivals.items()}
    rows = test.select(
        customer_codes(test["customer_id"]), *FACTS, pl.col(f"^{PREFIX}.*$")
    )
    columns = [pl.Series(n, np.asarray(s, np.float64)) for n, s in scores.items()]
    return Evidence(
        rows=reading_order(rows.with_columns(*columns, *reseeded)),
        behaviour=behaviour,
        observations=observations,
        economics=bundle.economics,
        plan=plan,
        champion_version=champion.version if champion else None,
        champion_is_same_bundle=champion is not None and champion.is_same_bundle,
        descriptions=descriptions,
    )


def assess(
    evidence: Evidence, split: Split, bundle: Bundle, features: Sequence[Feature]
) -> Scorecard:
    """Measure everything that people want to see of a version."""

    def score(frame: pl.DataFrame) -> Floats:
        return bundle.score(to_columns(frame, features))

    importance = permutation_importance(
        score,
        split.test,
        features,
        np.random.default_rng(evidence.plan.seed),
        max_rows=IMPORTANCE_ROWS,
    )
    return evaluate(evidence, importance).scorecard


def _rivals(
    split: Split,
    features: Sequence[Feature],
    champion: ChampionScores | None,
    oracle: pl.DataFrame,
) -> tuple[dict[str, Floats], dict[str, str]]:
    """Everybody else's scores of the test rows, and who they are."""
    baselines = fit_baselines(split.train, features)
    scores = {b.name: b.predict(split.test) for b in baselines}
    words = {b.name: b.description for b in baselines}
    if champion is not None:
        scores[CHAMPION] = champion.probability
        words[CHAMPION] = f"version {champion.version}, in production"
    truth = oracle_scores(split.test, oracle)
    if truth is not None:
        scores[ORACLE] = truth
        words[ORACLE] = (
            "the true probability of each row; nobody can do better on average"
        )
    return scores, words


def oracle_scores(test: pl.DataFrame, oracle: pl.DataFrame) -> Floats | None:
    """The true probability of each test row; None unless it is known for all."""
    if oracle.is_empty():
        return None
    joined = test.select(KEY).join(oracle, on=KEY, how="left", maintain_order="left")
    known = joined["churn_probability"]
    return None if known.null_count() else known.to_numpy()
