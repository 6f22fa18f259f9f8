from datetime import date

import polars as pl
import pytest

from churn.features.build import build_features
from tests.businesses import FEATURES, PURCHASES, purchases

TABLES = {"purchases": PURCHASES}
DAY = date(2024, 2, 1)


def build(frame: pl.DataFrame, *customers: str, day: date = DAY) -> pl.DataFrame:
    ids = list(customers or ("a",))
    spine = pl.DataFrame({"customer_id": ids, "snapshot_date": [day] * len(ids)})
    return build_features(FEATURES, TABLES, {"purchases": frame}, spine)


def test_every_kind_of_feature_has_the_value_worked_out_by_hand() -> None:
    frame = purchases(
        (1, "a", "2023-12-01", "2023-12-01", 500, "web"),
        (2, "a", "2024-01-22", "2024-01-22", 100, "city"),
        (3, "a", "2024-01-30", "2024-01-30", 300, "web"),
    )

    assert build(frame).drop("customer_id", "snapshot_date").row(0, named=True) == {
        "cents_30d": 400,
        "purchases": 3,
        "purchases_30d": 2,
        "mean_cents": 300.0,
        "max_cents": 500,
        "shops": 2,
        "web_cents": 800,
        "recency_days": 2.0,
        "age_days": 62.0,
        "last_shop": "web",
        "cents_each": 200.0,
        "older_purchases": 1.0,
    }


def test_a_customer_without_events_has_zero_counts_and_no_means() -> None:
    row = build(purchases(), "nobody").row(0, named=True)

    assert (row["purchases"], row["cents_30d"]) == (0, 0)
    assert row["mean_cents"] is row["recency_days"] is row["last_shop"] is None
    assert row["cents_each"] is None


@pytest.mark.parametrize(
    ("event_time", "counted"),
    [
        ("2024-01-02", False),
        ("2024-01-02T00:01", True),
        ("2024-02-01", True),
        ("2024-02-01T00:01", False),
    ],
)
def test_the_window_is_open_at_its_start_and_closed_at_the_snapshot(
    event_time: str, counted: bool
) -> None:
    frame = purchases((1, "a", event_time, event_time, 100, "web"))

    assert build(frame)["purchases_30d"][0] == int(counted)


def test_an_event_that_was_not_yet_known_does_not_count() -> None:
    frame = purchases((1, "a", "2024-01-20", "2024-02-01T00:01", 100, "web"))

    assert build(frame)["purchases"][0] == 0


def test_a_correction_replaces_the_value_from_the_day_it_is_known() -> None:
    frame = purchases(
        (1, "a", "2024-01-20", "2024-01-20", 100, "web"),
        (1, "a", "2024-01-20", "2024-02-15", 900, "web"),
    )

    before = build(frame)["mean_cents"][0]
    after = build(frame, day=date(2024, 2, 16))["mean_cents"][0]

    assert (before, after) == (100.0, 900.0)


def test_rows_keep_their_order_their_duplicates_and_unknown_customers() -> None:
    frame = purchases((1, "a", "2024-01-20", "2024-01-20", 100, "web"))

    built = build(frame, "zoe", "a", "a", "new")

    assert built["customer_id"].to_list() == ["zoe", "a", "a", "new"]
    assert built["purchases"].to_list() == [0, 1, 1, 0]


def test_ties_in_time_are_settled_by_the_event_and_not_by_row_order() -> None:
    frame = purchases(
        (1, "a", "2024-01-20", "2024-01-20", 100, "web"),
        (2, "a", "2024-01-20", "2024-01-20", 100, "city"),
    )

    assert (
        build(frame)["last_shop"][0] == build(frame.reverse())["last_shop"][0] == "city"
    )
