from dataclasses import replace

import polars as pl
import pytest

from churn.dataset import Dataset, Expectation
from churn.features.changes import changed, concerned, followers
from churn.features.declarations import Column, Difference, Ratio, Slope, Windowed

WORDS = {"unit": "u", "meaning": "m"}


def count(days: int) -> Windowed:
    return Windowed(
        name=f"n_{days}d", table="t", aggregate="count", window_days=days, **WORDS
    )


FEATURES = (
    count(30),
    count(90),
    Column(name="plan", column="plan", kind="category", **WORDS),
    Ratio(name="share", numerator="n_30d", denominator="n_90d", scale=3.0, **WORDS),
    Ratio(name="share_of_share", numerator="share", denominator="n_90d", **WORDS),
    Difference(name="rest", minuend="n_90d", subtrahend="n_30d", **WORDS),
    Slope(name="slope", recent="n_30d", whole="n_90d", **WORDS),
    Ratio(name="untouched", numerator="n_30d", denominator="n_30d", **WORDS),
)
SHOP = Dataset(
    name="shop", kind="table", tables={}, features=FEATURES, customer_value="1"
)
ROWS = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "n_30d": [1, 0],
        "n_90d": [4, 0],
        "plan": ["basic", "plus"],
        # As they were: nonsense shows what was computed again.
        "share": [-1.0, -1.0],
        "share_of_share": [-1.0, -1.0],
        "rest": [-1.0, -1.0],
        "slope": [-1.0, -1.0],
        "untouched": [-1.0, -1.0],
    }
)
ONE_MORE = Expectation(
    name="one_more",
    meaning="m",
    change={"n_30d": "n_30d + 1", "n_90d": "n_90d + 1"},
    direction="never_falls",
)


def test_each_change_reads_the_values_before() -> None:
    swapped = replace(ONE_MORE, change={"n_30d": "n_90d", "n_90d": "n_30d"})

    after = changed(SHOP, ROWS, swapped)

    assert after["n_30d"].to_list() == [4, 0]
    assert after["n_90d"].to_list() == [1, 0]


def test_what_is_made_of_changed_features_follows() -> None:
    after = changed(SHOP, ROWS, ONE_MORE)

    assert after["n_30d"].to_list() == [2, 1]
    assert after["n_90d"].to_list() == [5, 1]
    assert after["share"].to_list() == pytest.approx([3 * 2 / 5, 3.0])
    assert after["share_of_share"].to_list() == pytest.approx([3 * 2 / 5 / 5, 3.0])
    assert after["rest"].to_list() == [3.0, 0.0]
    # 2 (90 n_30d - 30 n_90d) / (30 * 90 * 60), by hand.
    assert after["slope"].to_list() == pytest.approx(
        [2 * (90 * 2 - 30 * 5) / 162_000, 2 * (90 - 30) / 162_000]
    )


def test_what_is_made_of_others_stays_as_it_is() -> None:
    widened = replace(ONE_MORE, change={"n_90d": "n_90d + 1"})

    after = changed(SHOP, ROWS, widened)

    assert after["untouched"].to_list() == [-1.0, -1.0]
    assert after.select("customer_id", "plan", "n_30d").equals(
        ROWS.select("customer_id", "plan", "n_30d")
    )


def test_a_quotient_by_nothing_is_missing_after_the_change_too() -> None:
    emptied = replace(ONE_MORE, change={"n_90d": "0"})

    assert changed(SHOP, ROWS, emptied)["share"].to_list() == [None, None]


def test_rows_keep_their_order_and_columns_their_types() -> None:
    many = pl.concat([ROWS] * 500).with_columns(n_30d=pl.int_range(1000))

    after = changed(SHOP, many, replace(ONE_MORE, change={"n_30d": "n_30d * 1.5"}))

    assert after.schema == many.schema
    assert after["n_30d"].is_sorted()
    assert after["customer_id"].equals(many["customer_id"])


def test_an_expectation_is_about_those_for_whom_its_condition_holds() -> None:
    unknown = ROWS.vstack(ROWS.head(1).with_columns(plan=pl.lit(None, pl.String)))
    basic = replace(ONE_MORE, where="plan = 'basic'")

    assert concerned(unknown, basic)["customer_id"].to_list() == ["a"]
    assert concerned(unknown, ONE_MORE).equals(unknown)


def test_followers_are_told_in_declared_order() -> None:
    names = followers(SHOP, replace(ONE_MORE, change={"n_90d": "1"}))

    assert names == ["share", "share_of_share", "rest", "slope"]
