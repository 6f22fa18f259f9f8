"""A tiny business whose every answer can be worked out by hand."""

from datetime import UTC, datetime

import dataframely as dy
import polars as pl

from churn.dataset import Dataset, Label, RawTable
from churn.features.declarations import (
    Age,
    Attribute,
    Difference,
    Feature,
    Ratio,
    Recency,
    Windowed,
)


class Purchases(dy.Schema):
    """Events that may be corrected: the same id, known later."""

    event_id = dy.Int64(primary_key=True)
    known_at = dy.Datetime(primary_key=True, time_zone="UTC", time_unit="us")
    event_time = dy.Datetime(time_zone="UTC", time_unit="us")
    customer_id = dy.String()
    cents = dy.Int64()
    share = dy.Float64(nullable=True)
    shop = dy.String()


PURCHASES = RawTable(
    schema=Purchases,
    event_time="event_time",
    known_at="known_at",
    event_id="event_id",
)


def moment(text: str) -> datetime:
    """A UTC instant from ``2024-01-31`` or ``2024-01-31T12:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def purchases(*rows: tuple[int, str, str, str, int, str]) -> pl.DataFrame:
    """Rows of event_id, customer_id, event_time, known_at, cents, shop."""
    frame = {
        "event_id": [row[0] for row in rows],
        "known_at": [moment(row[3]) for row in rows],
        "event_time": [moment(row[2]) for row in rows],
        "customer_id": [row[1] for row in rows],
        "cents": [row[4] for row in rows],
        "share": [None for _ in rows],
        "shop": [row[5] for row in rows],
    }
    return Purchases.cast(pl.DataFrame(frame))


def windowed(name: str, aggregate: str, **more: object) -> Windowed:
    """A windowed aggregate of the purchases."""
    return Windowed(
        name=name,
        unit="any",
        meaning="for a test",
        table="purchases",
        aggregate=aggregate,
        **more,
    )


FEATURES: tuple[Feature, ...] = (
    windowed("cents_30d", "sum", column="cents", window_days=30),
    windowed("purchases", "count"),
    windowed("purchases_30d", "count", window_days=30),
    windowed("mean_cents", "mean", column="cents"),
    windowed("max_cents", "max", column="cents"),
    windowed("shops", "distinct", column="shop"),
    windowed("web_cents", "sum", column="cents", where="shop = 'web'"),
    Recency(name="recency_days", unit="days", meaning="last", table="purchases"),
    Age(name="age_days", unit="days", meaning="first", table="purchases"),
    Attribute(
        name="last_shop",
        unit="text",
        meaning="last",
        kind="category",
        table="purchases",
        column="shop",
    ),
    Ratio(
        name="cents_each",
        unit="cents",
        meaning="ratio",
        numerator="cents_30d",
        denominator="purchases_30d",
    ),
    Difference(
        name="older_purchases",
        unit="events",
        meaning="difference",
        minuend="purchases",
        subtrahend="purchases_30d",
    ),
)

BUSINESS = Dataset(
    name="tiny",
    kind="events",
    tables={"purchases": PURCHASES},
    features=FEATURES,
    customer_value="mean_cents / 100.0",
    eligible="purchases_30d >= 1",
    label=Label(table="purchases", where="cents > 0", outcome="absent"),
    slices={"shop": "last_shop"},
)
