"""Whom the model is compared with on the same test rows. Measures nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from churn.evaluation.rows import Rows, parse_probability
from churn.evaluation.weighting import Floats

BASELINES = ("majority", "best_rule", "logistic")
CHAMPION = "champion"
ORACLE = "oracle"


@dataclass(frozen=True)
class Competitor:
    """Somebody else's probabilities for the test rows, in the rows' order."""

    description: str
    probability: Floats


@dataclass(frozen=True)
class ChampionScores:
    """The champion's probabilities for the test rows, in the rows' order."""

    version: str
    probability: Floats
    is_same_bundle: bool


@dataclass(frozen=True)
class Rivals:
    """All rivals of one model; ``oracle`` holds the true probabilities if known."""

    baselines: Mapping[str, Competitor]
    champion: ChampionScores | None
    oracle: Floats | None


def parse_rivals(rivals: Rivals, rows: Rows) -> dict[str, Competitor]:
    """All rivals by name, baselines first, their probabilities checked.

    Raises
    ------
    BundleError
        If probabilities are missing or outside [0, 1].
    """
    named = dict(rivals.baselines)
    if rivals.champion is not None:
        words = f"version {rivals.champion.version}, in production"
        named[CHAMPION] = Competitor(words, rivals.champion.probability)
    if rivals.oracle is not None:
        words = "the true probability of each row; nobody can do better on average"
        named[ORACLE] = Competitor(words, rivals.oracle)
    return {
        name: Competitor(c.description, parse_probability(name, c.probability, rows))
        for name, c in named.items()
    }
