"""All that changed, and whom it hits."""

from dataclasses import replace

from churn.changes.compare import changes, hit
from churn.changes.declared import User
from tests.churn.changes.declarations import (
    EVERY,
    OF_AMOUNT,
    SHOP,
    with_column,
    with_feature,
)

LIVE = User("4", "production", ("mean_cents", "logins_90d"))
NEXT = User("5", "staging", ("logins_90d",))


def test_a_declaration_equals_itself():
    assert changes({"shop": SHOP}, {"shop": SHOP}) == ()


def test_the_worst_comes_first():
    new = with_feature("logins_90d", words={})
    both = replace(new, tables=with_column("amount_cents", dtype="Float64").tables)

    found = changes({"shop": SHOP}, {"shop": both})

    assert [change.effect for change in found] == ["breaks", "harmless"]


def test_a_version_is_hit_through_what_its_features_are_made_of():
    new = with_column("amount_cents", dtype="Float64", min="0")

    (change,) = changes({"shop": SHOP}, {"shop": new})

    assert change.features == OF_AMOUNT
    assert hit(change, [LIVE, NEXT]) == (LIVE,)


def test_another_label_concerns_every_version():
    new = replace(SHOP, population={"label": "pauses"})

    (change,) = changes({"shop": SHOP}, {"shop": new})

    assert (change.found, change.effect) == ("label cancels → pauses", "breaks")
    assert change.features == EVERY
    assert hit(change, [LIVE, NEXT]) == (LIVE, NEXT)


def test_a_data_set_may_come_and_must_not_go():
    (gone,) = changes({"shop": SHOP}, {})
    (new,) = changes({}, {"shop": SHOP})

    assert (gone.effect, gone.features) == ("breaks", EVERY)
    assert (new.effect, new.features) == ("harmless", ())


def test_a_changed_query_is_told_only_where_its_table_did_not_change():
    queries = {
        name: replace(feature, query="other") for name, feature in SHOP.features.items()
    }
    tables = with_column("amount_cents", dtype="Int64", min="1").tables

    found = changes(
        {"shop": SHOP}, {"shop": replace(SHOP, tables=tables, features=queries)}
    )

    told = {change.what: change.features for change in found}
    assert told["compiler"] == ("logins_90d",)
