import numpy as np
import polars as pl
import pytest

from churn.errors import BundleError
from churn.evaluation.rivals import ChampionScores, Competitor, Rivals, parse_rivals
from churn.evaluation.rows import parse_rows
from churn.scoring.decision import Economics

ROWS = parse_rows(
    pl.DataFrame({"customer_id": ["a"], "customer_value": [100.0], "is_churn": [True]}),
    Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3),
    high_value_quantile=0.5,
)
BASELINES = {"majority": Competitor("says the base rate", np.array([0.2]))}


def test_baselines_come_first_then_champion_and_oracle():
    champion = ChampionScores("7", np.array([0.3]), is_same_bundle=False)

    found = parse_rivals(Rivals(BASELINES, champion, np.array([0.4])), ROWS)

    assert list(found) == ["majority", "champion", "oracle"]
    assert "version 7" in found["champion"].description
    assert found["oracle"].probability.tolist() == [0.4]


def test_absent_champion_and_oracle_are_no_rivals():
    assert list(parse_rivals(Rivals(BASELINES, None, None), ROWS)) == ["majority"]


def test_a_strange_probability_names_its_rival():
    with pytest.raises(BundleError, match="probabilities of oracle"):
        parse_rivals(Rivals({}, None, np.array([2.0])), ROWS)
