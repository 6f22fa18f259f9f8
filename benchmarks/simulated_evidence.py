"""Evidence of a business whose truth is known: how good both models are, to the digit.

Scores are binormal: a stayer's is normal around 0, a churner's around a distance that
gives the ROC-AUC exactly, and from a score follows the exact probability of churn. The
models' scores share a part, so that they are correlated given the label.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evidence import CHALLENGER, RIVAL, Evidence, no_behaviour
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.scoring.decision import Economics

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIRST_DAY = date(2024, 1, 1)
GROUPS = ("basic", "family", "premium")
DESCRIPTIONS = {
    "majority": "everybody at the churn rate",
    "best_rule": "one feature alone",
    "logistic": "plain logistic regression",
    "champion": "version 1, in production",
}


@dataclass(frozen=True, kw_only=True)
class Business:
    """Who the customers are and how well their churn is predicted.

    Parameters
    ----------
    correlation : float in [0, 1)
        Of any two models' scores, among churners and among stayers.
    champion_auc, logistic_auc, best_rule_auc : float in (0.5, 1)
    median_value_eur, value_spread : float
        Customer values are lognormal and tell nothing of churn.
    """

    churn_rate: float
    correlation: float
    champion_auc: float
    logistic_auc: float
    best_rule_auc: float
    median_value_eur: float
    value_spread: float
    economics: Economics
    plan: EvaluationPlan


def simulated(
    business: Business,
    rng: np.random.Generator,
    *,
    gain: float,
    rows_a_day: int,
    n_days: int,
) -> Evidence:
    """Evidence of a challenger whose true ROC-AUC is the champion's plus ``gain``.

    Every row is a customer of its own; a day's labels come together.
    """
    n_rows = rows_a_day * n_days
    is_churn = rng.random(n_rows) < business.churn_rate
    aucs = {
        CHALLENGER: business.champion_auc + gain,
        RIVAL + "champion": business.champion_auc,
        RIVAL + "logistic": business.logistic_auc,
        RIVAL + "best_rule": business.best_rule_auc,
    }
    days = [FIRST_DAY + timedelta(days=n) for n in range(n_days)]
    values = np.exp(business.value_spread * rng.normal(size=n_rows))
    columns = {
        "customer": np.arange(n_rows),
        "snapshot_date": pl.Series(days).gather(np.repeat(range(n_days), rows_a_day)),
        "is_churn": is_churn,
        "customer_value": business.median_value_eur * values,
        RIVAL + "majority": np.full(n_rows, business.churn_rate),
        "slice__plan": pl.Series(GROUPS).gather(rng.integers(len(GROUPS), size=n_rows)),
        **_probabilities(business, aucs, is_churn, rng),
    }
    return Evidence(
        rows=pl.DataFrame(columns),
        behaviour=no_behaviour(),
        observations=NOTHING_OBSERVED,
        economics=business.economics,
        plan=business.plan,
        champion_version="1",
        champion_is_same_bundle=False,
        descriptions=DESCRIPTIONS,
    )


def day_by_day(evidence: Evidence, *, rows_a_day: int) -> list[Evidence]:
    """What was known after each day, from the first on."""
    n_days = len(evidence.rows) // rows_a_day
    return [
        replace(evidence, rows=evidence.rows.head(rows_a_day * (day + 1)))
        for day in range(n_days)
    ]


def _probabilities(
    business: Business,
    aucs: Mapping[str, float],
    is_churn: Bools,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Each model's exact probability of churn, given its own score alone."""
    shared = np.sqrt(business.correlation) * rng.normal(size=is_churn.size)
    own = np.sqrt(1 - business.correlation)
    found = {}
    for name, auc in aucs.items():
        distance = np.sqrt(2) * norm.ppf(auc)
        score = shared + own * rng.normal(size=is_churn.size) + distance * is_churn
        odds = logit(business.churn_rate) + distance * score - distance**2 / 2
        found[name] = expit(odds)
    return found
