from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from churn.features.build import build_features
from churn.features.declarations import Attribute, Ratio, Recency
from tests.businesses import PURCHASES, purchases, windowed

WORDS = {"unit": "any", "meaning": "for a test"}
DAY = date(2024, 2, 1)
CENTS = Attribute(name="f", table="purchases", column="cents", **WORDS)


def built(frame, *features, customer="a", day=DAY):
    spine = pl.DataFrame({"customer_id": [customer], "snapshot_date": [day]})
    tables = {"purchases": PURCHASES}
    return build_features(features, tables, {"purchases": frame}, spine)


def test_the_value_that_held_at_the_snapshot_is_read_not_a_later_one():
    frame = purchases(
        (1, "a", "2024-01-10", "2024-01-10", 100, "web"),
        (2, "a", "2024-02-02", "2024-02-02", 900, "web"),
    )

    assert built(frame, CENTS)["f"][0] == 100


def test_an_earlier_event_that_arrives_late_does_not_replace_a_later_one():
    frame = purchases(
        (1, "a", "2024-01-10", "2024-01-30", 100, "web"),
        (2, "a", "2024-01-20", "2024-01-20", 900, "web"),
    )

    assert built(frame, CENTS)["f"][0] == 900


def test_a_correction_that_moves_the_last_event_back_gives_way_to_the_one_before():
    frame = purchases(
        (1, "a", "2024-01-10", "2024-01-10", 100, "web"),
        (2, "a", "2024-01-20", "2024-01-20", 900, "web"),
        (2, "a", "2024-01-05", "2024-01-25", 900, "web"),
    )

    assert built(frame, CENTS)["f"][0] == 100
    assert built(frame, CENTS, day=date(2024, 1, 24))["f"][0] == 900


def test_an_event_given_to_another_customer_is_no_longer_the_first_ones():
    frame = purchases(
        (1, "a", "2024-01-10", "2024-01-10", 100, "web"),
        (2, "a", "2024-01-20", "2024-01-20", 900, "web"),
        (2, "b", "2024-01-20", "2024-01-25", 900, "web"),
    )

    assert built(frame, CENTS)["f"][0] == 100
    assert built(frame, CENTS, customer="b")["f"][0] == 900


def test_an_event_that_no_longer_meets_the_condition_is_not_the_last():
    frame = purchases(
        (1, "a", "2024-01-10", "2024-01-10", 100, "web"),
        (2, "a", "2024-01-20", "2024-01-20", 900, "web"),
        (2, "a", "2024-01-20", "2024-01-25", 900, "city"),
    )
    web = windowed("f", "last", column="cents", where="shop = 'web'")
    recency = Recency(name="g", table="purchases", where="shop = 'web'", **WORDS)

    assert built(frame, web, recency).select("f", "g").row(0) == (100, 22.0)


def test_a_last_value_outside_its_window_is_missing():
    frame = purchases((1, "a", "2024-01-10", "2024-01-10", 100, "web"))
    short = windowed("f", "last", column="cents", window_days=22)
    long = windowed("g", "last", column="cents", window_days=23)

    assert built(frame, short, long).select("f", "g").row(0) == (None, 100)


@pytest.mark.parametrize(("microseconds", "expected"), [(0, 100), (-1, None)])
def test_a_value_counts_until_its_last_microsecond(microseconds, expected):
    moment = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(microseconds=microseconds)
    frame = purchases((1, "a", "2024-01-01", "2024-01-01", 100, "web"))
    frame = frame.with_columns(pl.lit(moment).alias("event_time"))
    attribute = Attribute(
        name="f", table="purchases", column="cents", ttl_days=30, **WORDS
    )

    row = built(frame, attribute)

    assert row["f"][0] == expected
    assert row["f__expires_at"][0] == moment + timedelta(days=30)


def test_what_is_made_of_an_expired_value_expired_with_it():
    frame = purchases((1, "a", "2024-01-01", "2024-01-01", 100, "web"))
    short = Attribute(name="s", table="purchases", column="cents", ttl_days=9, **WORDS)
    twice = Ratio(name="f", numerator="s", denominator="s", **WORDS)

    row = built(frame, short, twice)

    assert row["f"][0] is None
    assert row["f__expires_at"][0] == datetime(2024, 1, 10, tzinfo=UTC)


def test_ties_are_settled_by_values_and_never_by_the_order_of_rows():
    rows = [
        (1, "a", "2024-01-10", "2024-01-10", 700, "web"),
        (2, "a", "2024-01-10", "2024-01-10", 100, "web"),
    ]

    assert built(purchases(*rows), CENTS)["f"][0] == 100
    assert built(purchases(*reversed(rows)), CENTS)["f"][0] == 100
