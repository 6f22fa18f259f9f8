"""Whom the model is compared with on the same test rows. Measures nothing."""

from dataclasses import dataclass

from churn.evaluation.weighting import Floats

BASELINES = ("majority", "best_rule", "logistic")
CHAMPION = "champion"
ORACLE = "oracle"


@dataclass(frozen=True)
class ChampionScores:
    """The champion's probabilities for the test rows, in the rows' order."""

    version: str
    probability: Floats
    is_same_bundle: bool
