from churn.features.declarations import Share, Slope
from churn.features.lineage import (
    columns_of,
    made_with,
    needed,
    parts_of,
    raw_columns,
    references,
)
from tests.businesses import FEATURES, PURCHASES

WORDS = {"unit": "any", "meaning": "for a test"}


def test_a_ratio_needs_the_features_it_is_made_of():
    names = [feature.name for feature in needed(["cents_each"], FEATURES)]

    assert names == ["cents_30d", "purchases_30d", "cents_each"]


def test_references_are_the_columns_an_expression_reads():
    assert references("a > 1 AND upper(b) = 'X'") == {"a", "b"}


def test_a_slope_is_made_of_its_two_windows():
    assert parts_of(Slope(name="s", recent="r", whole="w", **WORDS)) == ("r", "w")


def test_a_share_reads_the_columns_of_both_its_conditions():
    share = Share(name="s", table="t", condition="a = 1", where="b > c", **WORDS)

    assert columns_of(share) == ("a", "b", "c")


def test_behind_a_ratio_stand_the_columns_of_its_parts_and_of_the_rule():
    behind = raw_columns("cents_each", FEATURES, {"purchases": PURCHASES})

    assert behind == {"purchases": ("cents", "event_id", "event_time", "known_at")}


def test_a_feature_takes_part_in_itself_and_in_what_is_made_of_it():
    names = made_with("purchases_30d", FEATURES)

    assert names == ("purchases_30d", "cents_each", "older_purchases")
