"""Evidence for tests: customers whose churn follows two models' scores."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit
from scipy.stats import norm

from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evidence import CHALLENGER, RIVAL, Evidence, no_behaviour
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.scoring.decision import Economics

PLAN = EvaluationPlan(
    resamples=100, seed=3, slice_min_rows=50, high_value_quantile=0.75
)
COSTS = Economics(offer_eur=10.0, contact_eur=1.0, acceptance_rate=0.3)
WORDS = "a rival"


def evidence(
    n_rows: int = 600,
    *,
    auc: float = 0.85,
    champion_auc: float | None = None,
    correlation: float = 0.9,
    churn_rate: float = 0.2,
    seed: int = 8,
    **changes: Any,
) -> Evidence:
    """One row a customer, 100 a day; scores are calibrated, given the label normal.

    Areas are those of everybody; those of the rows differ by chance. With a champion
    its scores correlate with the model's within each class.
    """
    rng = np.random.default_rng(seed)
    is_churn = rng.random(n_rows) < churn_rate
    shared = rng.normal(size=n_rows)
    scores = {CHALLENGER: auc, RIVAL + "majority": 0.5, RIVAL + "logistic": auc - 0.05}
    if champion_auc is not None:
        scores[RIVAL + "champion"] = champion_auc
    columns = {
        name: _scores(is_churn, shared, area, churn_rate, correlation, rng)
        for name, area in scores.items()
    }
    rows = pl.DataFrame(
        {
            "customer": np.arange(n_rows),
            "snapshot_date": [
                date(2025, 1, 1) + timedelta(days=i // 100) for i in range(n_rows)
            ],
            "is_churn": is_churn,
            "customer_value": rng.lognormal(5, 0.5, n_rows),
            **columns,
            "slice__plan": rng.choice(["basic", "family"], n_rows, p=[0.6, 0.4]),
        }
    )
    facts: dict[str, Any] = {
        "rows": rows,
        "behaviour": no_behaviour(),
        "observations": NOTHING_OBSERVED,
        "economics": COSTS,
        "plan": PLAN,
        "champion_version": None if champion_auc is None else "4",
        "champion_is_same_bundle": False,
        "descriptions": {name.removeprefix(RIVAL): WORDS for name in scores},
    }
    return Evidence(**facts | changes)


def _scores(
    is_churn: np.ndarray,
    shared: np.ndarray,
    auc: float,
    churn_rate: float,
    correlation: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Probabilities by Bayes' rule from normal scores whose means differ by class."""
    distance = np.sqrt(2) * norm.ppf(auc)
    noise = rng.normal(size=is_churn.size)
    mixed = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * noise
    log_odds = np.log(churn_rate / (1 - churn_rate))
    score = mixed + distance * is_churn
    return expit(log_odds + distance * score - distance**2 / 2)
