from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.evaluation.assess import assess, gather, oracle_scores
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evidence import Evidence, customer_codes, no_behaviour
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.evaluation.rivals import ChampionScores
from churn.model.columns import to_columns
from churn.splits import Split
from tests.snapshot_rows import FEATURES, bundle, windows

PLAN = EvaluationPlan(resamples=40, seed=1, slice_min_rows=10, high_value_quantile=0.75)
NOBODY_KNOWS = pl.DataFrame()
FEATURES_NAMED = [feature.name for feature in FEATURES]


def with_values(split: Split) -> Split:
    """Customers of different value, so that some are of high value."""
    value = pl.int_range(pl.len()).cast(pl.Float64) + 100
    frames = {n: f.with_columns(customer_value=value) for n, f in vars(split).items()}
    return Split(**frames)


SPLIT = with_values(windows(300))


def truth(test: pl.DataFrame) -> pl.DataFrame:
    chance = pl.col("is_churn").cast(pl.Float64) * 0.8 + 0.1
    return test.select("customer_id", "snapshot_date", churn_probability=chance)


def gathered(
    split: Split = SPLIT,
    *,
    champion: ChampionScores | None = None,
    oracle: pl.DataFrame = NOBODY_KNOWS,
    reseeded: pl.DataFrame = NOBODY_KNOWS,
) -> Evidence:
    return gather(
        split,
        bundle(),
        FEATURES,
        PLAN,
        champion=champion,
        oracle=oracle,
        observations=NOTHING_OBSERVED,
        behaviour=no_behaviour(),
        reseeded=reseeded,
    )


def test_the_model_stands_beside_baselines_champion_and_truth() -> None:
    made = bundle()
    scores = made.score(to_columns(SPLIT.test, FEATURES))
    champion = ChampionScores("3", scores, is_same_bundle=True)
    evidence = gathered(champion=champion, oracle=truth(SPLIT.test))

    card = assess(evidence, SPLIT, made, FEATURES)

    assert set(card.opponents) == {
        "majority",
        "best_rule",
        "logistic",
        "champion",
        "oracle",
    }
    assert card.opponents["champion"].gains["roc_auc"].value == 0
    assert card.opponents["champion"].description == "version 3, in production"
    assert card.opponents["oracle"].figures["roc_auc"].value == 1
    assert set(card.importance) == {feature.name for feature in FEATURES}


def test_a_label_changed_in_the_test_window_changes_no_baseline() -> None:
    flipped = replace(SPLIT, test=SPLIT.test.with_columns(~pl.col("is_churn")))

    before = assess(gathered(), SPLIT, bundle(), FEATURES)
    after = assess(gathered(flipped), flipped, bundle(), FEATURES)

    areas = [card.opponents["logistic"].figures["roc_auc"] for card in (before, after)]
    assert areas[0].value == pytest.approx(1 - areas[1].value)


def test_scores_stay_with_their_rows_and_ids_stay_out() -> None:
    test, made = SPLIT.test, bundle()
    scores = pl.Series("score", made.score(to_columns(test, FEATURES)), pl.Float64)
    reseeded = pl.DataFrame({"reseeded__1": scores * 0.5})
    codes = customer_codes(test["customer_id"])

    found = gathered(reseeded=reseeded).rows

    key = ["customer", "snapshot_date"]
    expected = test.select(codes, "snapshot_date", "is_churn", score=scores).sort(key)
    assert found.sort(key)["challenger"].to_list() == expected["score"].to_list()
    assert (found["reseeded__1"] * 2).to_list() == found["challenger"].to_list()
    assert found.sort(key)["is_churn"].to_list() == expected["is_churn"].to_list()
    assert "customer_id" not in found.columns
    assert not set(FEATURES_NAMED) & set(found.columns)
    assert found["snapshot_date"].is_sorted()


def test_the_truth_is_matched_by_customer_and_date_in_the_rows_order() -> None:
    test = SPLIT.test.head(5)

    known = oracle_scores(test, truth(test).reverse())

    expected = np.where(test["is_churn"].to_numpy(), 0.9, 0.1)
    assert known == pytest.approx(expected)


def test_a_truth_that_lacks_a_row_is_no_truth() -> None:
    assert oracle_scores(SPLIT.test, truth(SPLIT.test.head(5))) is None
