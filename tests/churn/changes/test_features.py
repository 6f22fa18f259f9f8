"""What a change of a feature does to itself and to those made of it."""

from dataclasses import replace

from churn.changes.features import feature_changes, made_with, query_changes
from tests.churn.changes.declarations import (
    OF_AMOUNT,
    SHOP,
    feature,
    with_feature,
    without_feature,
)


def test_another_window_breaks_the_feature_and_what_is_made_of_it():
    new = with_feature(
        "paid_cents", definition={"form": "Windowed", "window_days": "30"}
    )

    (change,) = feature_changes("shop", SHOP, new)

    assert (change.what, change.found) == ("feature paid_cents", "window_days 90 → 30")
    assert (change.effect, change.features) == ("breaks", OF_AMOUNT)


def test_a_feature_that_is_gone_breaks_what_is_made_of_it():
    (change,) = feature_changes("shop", SHOP, without_feature("payments_90d"))

    assert (change.found, change.effect) == ("removed", "breaks")
    assert change.features == ("payments_90d", "mean_cents")


def test_other_words_and_new_features_are_harmless():
    words = with_feature("paid_cents", words={"unit": "cents", "meaning": "other"})
    added = replace(SHOP, features={**SHOP.features, "new": feature("new", None)})

    (reworded,) = feature_changes("shop", SHOP, words)
    (new,) = feature_changes("shop", SHOP, added)

    assert (reworded.effect, reworded.features) == ("harmless", ())
    assert (new.found, new.effect) == ("added", "harmless")


def test_a_query_that_nothing_explains_is_told_once_for_all():
    new = with_feature("paid_cents", query="another")

    (change,) = query_changes("shop", SHOP, new, explained=())

    assert (change.what, change.effect) == ("compiler", "shifts")
    assert change.features == ("paid_cents",)
    assert not list(query_changes("shop", SHOP, new, explained={"paid_cents"}))


def test_a_feature_takes_part_in_itself():
    assert made_with(SHOP, "logins_90d") == ("logins_90d",)
    assert made_with(SHOP, "nobody") == ()
