"""The rules in ``churn/features/__init__.py``, one by one, with answers by hand."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from churn.features.build import build_features
from churn.features.lineage import needed
from tests.churn.features.histories import frame, instant
from tests.every_kind import FEATURES, TABLES

DAY = date(2024, 2, 1)
T = instant(DAY)
HOUR = 3_600_000_000
DAYS = 24 * HOUR


def order(event_id=1, *, event=T, known=None, customer="a", **values):
    """An order; known as it happens unless told otherwise."""
    blank = dict.fromkeys(("cents", "shop", "is_web", "score"))
    times = {"event_time": event, "known_at": event if known is None else known}
    return {"event_id": event_id, "customer_id": customer} | blank | times | values


def visit(at, *, seconds=None, page=None):
    """A visit of customer a."""
    return {"customer_id": "a", "page": page, "seconds": seconds, "visited_at": at}


def booking(since, *, recorded=None, price=100, plan="basic"):
    """A plan of customer a."""
    recorded = since if recorded is None else recorded
    return {
        "since": since,
        "recorded_at": recorded,
        "customer_id": "a",
        "plan": plan,
        "price_cents": price,
    }


def person(*, seats, country=None):
    return {"customer_id": "a", "country": country, "seats": seats, "is_staff": None}


def answers(names, asked, **rows):
    """Features of the customers and dates asked for."""
    frames = {name: frame(TABLES[name], rows.get(name, [])) for name in TABLES}
    spine = pl.DataFrame(asked, schema=["customer_id", "snapshot_date"], orient="row")
    return build_features(needed(names, FEATURES), TABLES, frames, spine)


def built(*names, customer="a", day=DAY, **rows):
    """Features of one customer, and what else there is of them, by name."""
    return answers(names, [(customer, day)], **rows).row(0, named=True)


def value(name, **more):
    return built(name, **more)[name]


@pytest.mark.parametrize(
    ("event", "known", "counted"),
    [
        (T, T, 1),
        (T + 1, T, 0),
        (T, T + 1, 0),
        (T + 30 * DAYS, T - DAYS, 0),
        (T - 30 * DAYS, T + DAYS, 0),
    ],
)
def test_an_event_counts_once_it_both_happened_and_is_known(event, known, counted):
    assert value("orders", orders=[order(event=event, known=known)]) == counted


@pytest.mark.parametrize(("delayed_us", "counted"), [(0, 1), (1, 0)])
def test_a_row_without_a_column_for_it_is_known_after_the_delay(delayed_us, counted):
    rows = [visit(T - HOUR + delayed_us)]

    assert value("visits", visits=rows) == counted


def test_what_was_corrected_counts_once():
    rows = [order(cents=100, event=T - 2), order(cents=300, event=T - 2, known=T - 1)]

    row = built("cents", "orders", orders=rows)

    assert (row["cents"], row["orders"]) == (300, 1)


def test_a_correction_not_yet_known_leaves_the_version_before():
    rows = [order(cents=100), order(cents=300, known=T + 1)]

    assert value("cents", orders=rows) == 100


def test_an_event_given_to_another_customer_counts_for_that_one_only():
    rows = [order(event=T - 2), order(event=T - 2, known=T - 1, customer="b")]

    assert value("orders", orders=rows) == 0
    assert value("orders", orders=rows, customer="b") == 1


def test_of_versions_known_at_once_the_greatest_counts_and_null_is_lowest():
    rows = [order(cents=100), order(cents=None), order(cents=50)]

    assert value("cents", orders=rows) == 100
    assert value("cents", orders=rows[::-1]) == 100


def test_the_last_of_several_events_at_once_is_the_greatest_and_null_is_lowest():
    rows = [booking(T, plan=None), booking(T, plan="basic"), booking(T, plan="Basic")]

    assert value("plan", plans=rows) == "basic"
    assert value("plan", plans=rows[::-1]) == "basic"


def test_without_an_id_two_equal_rows_are_two_events():
    rows = [visit(T - DAYS, seconds=5)] * 2

    assert value("visits", visits=rows) == 2
    assert value("seconds_30d", visits=rows) == 10


@pytest.mark.parametrize(
    ("event", "counted"), [(T - 7 * DAYS, 0), (T - 7 * DAYS + 1, 1), (T, 1), (T + 1, 0)]
)
def test_a_window_is_exact_to_the_microsecond(event, counted):
    assert value("orders_7d", orders=[order(event=event)]) == counted


@pytest.mark.parametrize(
    ("event", "lives"), [(T - 7 * DAYS, True), (T - 7 * DAYS - 1, False)]
)
def test_a_time_to_live_is_exact_to_the_microsecond(event, lives):
    row = built("fresh_cents", orders=[order(event=event, cents=100)])

    assert row["fresh_cents"] == (100 if lives else None)
    end = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=event, days=7)
    assert row["fresh_cents__expires_at"] == end


def test_a_value_made_of_two_expires_with_the_first_of_them():
    rows = {
        "orders": [order(event=T - DAYS, cents=100)],
        "plans": [booking(T - 29 * DAYS, price=400)],
        "people": [person(seats=2)],
    }

    row = built("price_share", **rows)

    # 100 / (400 / 2); the price is gone a day from now, the order after six.
    assert row["price_share"] == 0.5
    assert row["price_share__expires_at"] == datetime(2024, 2, 2, tzinfo=UTC)


def test_the_attribute_is_the_version_known_at_the_snapshot():
    rows = [
        booking(T - 60 * DAYS, plan="old"),
        booking(T - 20 * DAYS, recorded=T, plan="known just now"),
        booking(T - 10 * DAYS, recorded=T + 1, plan="known too late"),
        booking(T + 1, recorded=T - DAYS, plan="begins too late"),
    ]

    assert value("plan", plans=rows) == "known just now"


@pytest.mark.parametrize(
    ("day", "seconds", "counted"),
    [
        # One o'clock in London is midnight UTC only in winter.
        (date(2024, 3, 31), 0, 1),
        (date(2024, 3, 31), 1, 0),
        (date(2024, 4, 1), 0, 1),
        (date(2024, 4, 1), 1, 0),
        (date(2024, 10, 28), 0, 1),
        (date(2024, 10, 28), 1, 0),
    ],
)
def test_a_moment_in_any_zone_is_an_instant(day, seconds, counted):
    moment = instant(day) + seconds * 1_000_000

    row = built("visits", "visit_age_days", day=day, visits=[visit(moment - HOUR)])

    assert row["visits"] == counted
    assert row["visit_age_days"] == (1 / 24 if counted else None)
    assert (value("plan", day=day, plans=[booking(moment)]) is not None) == counted


def test_on_a_leap_day_and_after_it_windows_are_days_of_24_hours():
    rows = [order(event=instant(date(2024, 2, 23)))]

    assert value("orders_7d", orders=rows, day=date(2024, 2, 29)) == 1
    assert value("orders_7d", orders=rows, day=date(2024, 3, 1)) == 0


def test_each_answer_stands_where_it_was_asked_for():
    rows = [order(1, customer="a", cents=1), order(2, customer="b", cents=2)]
    asked = [("b", DAY), ("a", DAY), ("c", DAY), ("b", DAY), ("a", date(2024, 1, 1))]

    found = answers(["cents"], asked, orders=rows)

    assert found.select("customer_id", "snapshot_date").rows() == asked
    assert found["cents"].to_list() == [2, 1, 0, 2, 0]


def test_a_mean_is_of_the_values_that_are_there():
    rows = [order(1, cents=100), order(2, cents=None), order(3, cents=201)]

    assert value("mean_cents", orders=rows) == 150.5


def test_a_share_counts_a_condition_that_is_null_as_not_held():
    rows = [order(1, is_web=True), order(2, is_web=None), order(3, is_web=False)]

    assert value("web_share_30d", orders=rows) == 1 / 3


def test_a_slope_is_the_change_of_the_daily_rate_per_day():
    recent = [order(k, event=T - DAYS) for k in range(7)]
    before = [order(10, event=T - 20 * DAYS)]

    # 7 in 7 days is 1 a day, 1 in the 23 days before 1/23; 15 days lie between.
    slope = value("orders_slope", orders=recent + before)

    assert slope == pytest.approx((1 - 1 / 23) / 15, rel=1e-15)
    assert slope == 2 * (30 * 7 - 7 * 8) / (7 * 30 * 23)


def test_a_difference_scales_each_side_before_it_subtracts():
    rows = [order(1, event=T - DAYS), order(2, event=T - 9 * DAYS)]

    assert value("older_orders", orders=rows) == 2 * 0.1 - 1 * 0.3


def test_of_several_rows_of_a_customer_in_a_static_table_the_greatest_counts():
    rows = [
        person(seats=2, country="AT"),
        person(seats=9, country="AT"),
        person(seats=99),
    ]

    assert value("seats", people=rows) == 9
    assert value("seats", people=rows[::-1]) == 9


@pytest.mark.parametrize("scores", [(0.0, -0.0), (-0.0, 0.0)])
def test_a_raw_zero_has_no_sign(scores):
    rows = [order(k, score=score, cents=1) for k, score in enumerate(scores)]

    row = built("max_score_30d", "last_score_30d", orders=rows)

    assert repr(row["max_score_30d"]) == repr(row["last_score_30d"]) == "0.0"
