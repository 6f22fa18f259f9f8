"""A business that declares a feature of every kind, for proofs.

Conditions stand here twice: as the SQL that is declared, and as the Python that
the oracle asks, so that neither is derived from the other.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import dataframely as dy

from churn.dataset import Dataset, Label, RawTable
from churn.features.declarations import (
    Age,
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Share,
    Slope,
    Windowed,
)

Row = dict[str, Any]


class Orders(dy.Schema):
    """Events that may be corrected, also in time, customer and what is null."""

    shop = dy.String(nullable=True)
    event_id = dy.Int64()
    known_at = dy.Datetime(time_zone="UTC", time_unit="us")
    event_time = dy.Datetime(time_zone="UTC", time_unit="us")
    customer_id = dy.String(nullable=True)
    cents = dy.Int64(nullable=True)
    is_web = dy.Bool(nullable=True)
    score = dy.Float64(nullable=True)


class Visits(dy.Schema):
    """Events without an id, which reach us an hour after they happened."""

    customer_id = dy.String()
    page = dy.String(nullable=True)
    seconds = dy.Int64(nullable=True)
    visited_at = dy.Datetime(time_zone="Europe/London", time_unit="us")


class Plans(dy.Schema):
    """What a customer has booked, from when on, and when that was recorded."""

    since = dy.Datetime(time_zone="America/New_York", time_unit="us")
    recorded_at = dy.Datetime(time_zone="Europe/London", time_unit="us")
    customer_id = dy.String()
    plan = dy.String(nullable=True)
    price_cents = dy.Int64(nullable=True)


class People(dy.Schema):
    """What never changes about a customer."""

    customer_id = dy.String()
    country = dy.String(nullable=True)
    seats = dy.Int64(nullable=True)
    is_staff = dy.Bool(nullable=True)


TABLES: Mapping[str, RawTable] = {
    "orders": RawTable(
        schema=Orders,
        event_time="event_time",
        known_at="known_at",
        event_id="event_id",
    ),
    "visits": RawTable(
        schema=Visits, event_time="visited_at", delay=timedelta(hours=1)
    ),
    "plans": RawTable(schema=Plans, event_time="since", known_at="recorded_at"),
    "people": RawTable(schema=People, customer=True),
}

WEB = "is_web"
EARNED = "cents > 0"
ODD = "shop <> 'web' OR cents < 0"
NO_WEB = "NOT is_web"
LONG = "seconds >= 60"
BLANK = "page = ''"

PREDICATES: Mapping[str, Callable[[Row], bool]] = {
    WEB: lambda row: row["is_web"] is True,
    EARNED: lambda row: row["cents"] is not None and row["cents"] > 0,
    ODD: lambda row: (
        (row["shop"] is not None and row["shop"] != "web")
        or (row["cents"] is not None and row["cents"] < 0)
    ),
    NO_WEB: lambda row: row["is_web"] is False,
    LONG: lambda row: row["seconds"] is not None and row["seconds"] >= 60,
    BLANK: lambda row: row["page"] == "",
}


def declared(form: type[Feature], name: str, **more: Any) -> Feature:
    """A feature; unit and meaning are not what these tests are about."""
    return form(name=name, unit="any", meaning="for a test", **more)


def orders(
    name: str, aggregate: str, column: str | None = None, **more: Any
) -> Feature:
    """A windowed aggregate of the orders."""
    what = {"table": "orders", "aggregate": aggregate, "column": column}
    return declared(Windowed, name, **what, **more)


def visits(
    name: str, aggregate: str, column: str | None = None, **more: Any
) -> Feature:
    """A windowed aggregate of the visits."""
    what = {"table": "visits", "aggregate": aggregate, "column": column}
    return declared(Windowed, name, **what, **more)


TEXT: dict[str, Any] = {"kind": "category"}

FEATURES: tuple[Feature, ...] = (
    orders("orders", "count"),
    orders("orders_7d", "count", window_days=7),
    orders("orders_30d", "count", window_days=30),
    orders("web_orders_30d", "count", window_days=30, where=WEB),
    orders("cents", "sum", "cents"),
    orders("cents_7d", "sum", "cents", window_days=7),
    orders("cents_30d", "sum", "cents", window_days=30),
    orders("odd_cents", "sum", "cents", where=ODD),
    orders("mean_cents", "mean", "cents"),
    orders("mean_earned_30d", "mean", "cents", window_days=30, where=EARNED),
    orders("min_cents_7d", "min", "cents", window_days=7),
    orders("max_cents", "max", "cents"),
    orders("max_score_30d", "max", "score", window_days=30),
    orders("min_shop", "min", "shop", **TEXT),
    orders("shops_30d", "distinct", "shop", window_days=30),
    orders("amounts", "distinct", "cents", where=NO_WEB),
    orders("last_cents_7d", "last", "cents", window_days=7),
    orders("last_odd_shop", "last", "shop", where=ODD, **TEXT),
    orders("last_score_30d", "last", "score", window_days=30, where=EARNED),
    declared(Share, "web_share_30d", table="orders", condition=WEB, window_days=30),
    declared(Share, "odd_share", table="orders", condition=ODD, where=EARNED),
    declared(Recency, "order_recency_days", table="orders"),
    declared(Recency, "web_recency_days", table="orders", where=WEB),
    declared(Age, "order_age_days", table="orders"),
    declared(Attribute, "last_shop", table="orders", column="shop", **TEXT),
    declared(Attribute, "fresh_cents", table="orders", column="cents", ttl_days=7),
    declared(Attribute, "last_is_web", table="orders", column="is_web"),
    visits("visits", "count"),
    visits("visits_7d", "count", window_days=7),
    visits("long_visits_7d", "count", window_days=7, where=LONG),
    visits("seconds_30d", "sum", "seconds", window_days=30),
    visits("mean_seconds", "mean", "seconds"),
    visits("pages", "distinct", "page"),
    visits("last_page", "last", "page", **TEXT),
    declared(Share, "blank_share_7d", table="visits", condition=BLANK, window_days=7),
    declared(Recency, "long_recency_days", table="visits", where=LONG),
    declared(Age, "visit_age_days", table="visits"),
    declared(Attribute, "plan", table="plans", column="plan", **TEXT),
    declared(Attribute, "price_cents", table="plans", column="price_cents"),
    declared(Attribute, "fresh_plan", table="plans", column="plan", ttl_days=7, **TEXT),
    declared(
        Attribute, "fresh_price", table="plans", column="price_cents", ttl_days=30
    ),
    declared(Column, "country", table="people", column="country", **TEXT),
    declared(Column, "seats", table="people", column="seats"),
    declared(Column, "is_staff", table="people", column="is_staff"),
    declared(Ratio, "cents_each", numerator="cents", denominator="orders"),
    declared(
        Ratio, "eur_a_visit", numerator="cents_30d", denominator="visits", scale=0.01
    ),
    declared(Ratio, "price_each", numerator="fresh_price", denominator="seats"),
    declared(Ratio, "price_share", numerator="fresh_cents", denominator="price_each"),
    declared(
        Difference,
        "older_orders",
        minuend="orders_30d",
        subtrahend="orders_7d",
        minuend_scale=0.1,
        subtrahend_scale=0.3,
    ),
    declared(Difference, "over_mean", minuend="fresh_price", subtrahend="mean_seconds"),
    declared(Slope, "cents_slope", recent="cents_7d", whole="cents_30d"),
    declared(Slope, "orders_slope", recent="orders_7d", whole="orders_30d"),
)

BUSINESS = Dataset(
    name="every_kind",
    kind="events",
    tables=TABLES,
    features=FEATURES,
    customer_value="seats * 1.0",
    eligible="orders >= 0",
    label=Label(table="orders", where="cents > 0", outcome="absent"),
)
