import polars as pl

from churn.leaks.single_feature import rank_alone, single_feature
from churn.splits import Split
from tests.snapshot_rows import FEATURES, rows

TRAIN, TEST = rows(400, seed=1), rows(400, seed=2)


def telling(frame: pl.DataFrame) -> pl.DataFrame:
    """The plan is the label, and the visits say it backwards."""
    text = pl.when("is_churn").then(pl.lit("gone")).otherwise(pl.lit("here"))
    return frame.with_columns(plan=text, visits=-pl.col("is_churn").cast(pl.Int64))


def test_the_label_under_another_name_ranks_perfectly_whichever_way_it_points() -> None:
    split = Split(telling(TRAIN), TEST, telling(TEST))

    seen = {one.feature: one for one in single_feature(split, FEATURES, bins=20)}

    assert set(seen) == {feature.name for feature in FEATURES}
    assert seen["plan"].observed.value == seen["visits"].observed.value == 1
    assert seen["plan"].words == "alone ranks the test rows with roc_auc 1.000"


def test_a_feature_without_news_is_near_guessing() -> None:
    found = rank_alone(TRAIN, TEST, "region", bins=20)

    assert found is not None
    assert found.estimate.low < 0.5 < found.estimate.high


def test_rates_come_from_training_rows_alone() -> None:
    """What holds in the test rows only cannot be learnt from them."""
    found = rank_alone(TRAIN, telling(TEST), "plan", bins=20)

    assert found is not None
    assert found.value == 0.5


def test_nothing_is_said_where_only_one_class_is_tested() -> None:
    split = Split(TRAIN, TEST, TEST.filter("is_churn"))

    assert list(single_feature(split, FEATURES, bins=20)) == []
