"""What ``tests/leaks.yaml`` lists, planted in raw tables: a function a name."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import dataframely as dy
import numpy as np
import polars as pl

from churn.dataset import Dataset, RawTable
from churn.features.declarations import (
    Attribute,
    Column,
    Feature,
    Recency,
    Windowed,
)

DAY = timedelta(days=1)
KEY = pl.col("customer_id")


@dataclass(frozen=True)
class World:
    """A business with its raw tables, as they stood on the day of their extraction.

    ``oracle`` is what the source knows besides: true probabilities, or the raw file.
    """

    dataset: Dataset
    frames: dict[str, pl.DataFrame]
    as_of: datetime
    oracle: pl.DataFrame


Plant = Callable[[World], World]


def days_since_last_login(world: World) -> World:
    last = world.frames["logins"].filter("succeeded").group_by(KEY)
    return with_column(
        world, "days_since_last_login", at_extraction(world, last, "event_time"), "days"
    )


def retention_calls_30d(world: World) -> World:
    left = departures(world)
    rng = chance("retention_calls_30d")
    called = left.filter(pl.Series(rng.random(len(left)) < 0.6))
    others = world.frames["customers"].select("customer_id")
    others = others.filter(pl.Series(rng.random(len(others)) < 0.02))
    anywhen = pl.Series(rng.integers(1, 480, len(others))) * DAY
    anyone = others.with_columns(event_time=pl.lit(world.as_of) - anywhen)
    calls = called.select("customer_id", event_time=pl.col("left_at") - 60 * DAY)
    return with_events(
        world,
        "calls",
        pl.concat([calls, anyone.select(calls.columns)]),
        count("retention_calls_30d", "calls", 30),
    )


def exit_survey_score(world: World) -> World:
    left = departures(world)
    rng = chance("exit_survey_score")
    answered = left.filter(pl.Series(rng.random(len(left)) < 0.7))
    score = pl.Series(rng.integers(1, 6, len(answered)))
    values = answered.select("customer_id", exit_survey_score=score)
    return with_column(world, "exit_survey_score", values, "points")


def health_score(world: World) -> World:
    months = pl.datetime_range(
        world.as_of - 540 * DAY, world.as_of, "30d", eager=True, time_zone="UTC"
    ).alias("event_time")
    customers = world.frames["customers"].select("customer_id")
    grid = customers.join(pl.DataFrame(months), how="cross")
    grid = grid.join(departures(world), on="customer_id", how="left")
    ahead = pl.col("left_at") - pl.col("event_time")
    noise = pl.Series(chance("health_score").normal(0, 8, len(grid)))
    leaves = ahead.is_between(timedelta(0), 60 * DAY).fill_null(False)
    scored = grid.select(
        "customer_id", "event_time", score=80 - 40 * leaves.cast(pl.Float64) + noise
    )
    feature = Attribute(
        name="health_score",
        unit="points",
        meaning="Health score of the vendor.",
        table="health",
        column="score",
    )
    return with_events(world, "health", scored, feature)


def dormancy_marks(world: World) -> World:
    purchases = world.frames["invoice_lines"].filter("is_purchase")
    moments = purchases.select("customer_id", "InvoiceDate").drop_nulls().unique()
    moments = moments.sort("customer_id", "InvoiceDate")
    after = pl.col("InvoiceDate").shift(-1).over("customer_id")
    silent = moments.with_columns(until=after.fill_null(pl.lit(world.as_of)))
    gap = pl.col("until") - pl.col("InvoiceDate")
    is_last = pl.col("until") == pl.lit(world.as_of)
    long_enough = (gap > 150 * DAY) | (is_last & (gap > 55 * DAY))
    marks = silent.filter(long_enough).select(
        "customer_id", event_time=pl.col("InvoiceDate") + 55 * DAY
    )
    return with_events(world, "marks", marks, count("dormancy_marks", "marks", 90))


def days_since_last_order(world: World) -> World:
    last = (
        world.frames["invoice_lines"].filter("is_purchase").drop_nulls().group_by(KEY)
    )
    return with_column(
        world,
        "days_since_last_order",
        at_extraction(world, last, "InvoiceDate"),
        "days",
    )


def days_to_next_order(world: World) -> World:
    purchases = world.frames["invoice_lines"].filter("is_purchase")
    orders = purchases.select("customer_id", event_time="InvoiceDate").drop_nulls()
    orders = orders.unique().sort("customer_id", "event_time")
    gap = pl.col("event_time").shift(-1).over("customer_id") - pl.col("event_time")
    orders = orders.with_columns(gap=gap.dt.total_days())
    feature = Attribute(
        name="days_to_next_order",
        unit="days",
        meaning="Gap of the last order.",
        table="orders",
        column="gap",
    )
    return with_events(world, "orders", orders, feature)


def customer_status(world: World) -> World:
    last = (
        world.frames["invoice_lines"].filter("is_purchase").drop_nulls().group_by(KEY)
    )
    days = at_extraction(world, last, "InvoiceDate")
    lapsed = pl.col("days") > 60
    status = pl.when(lapsed).then(pl.lit("lapsed")).otherwise(pl.lit("active"))
    values = days.select("customer_id", customer_status=status)
    return with_column(world, "customer_status", values, "text")


def closing_call_minutes(world: World) -> World:
    rng = chance("closing_call_minutes")
    left = world.frames["customers"]["Attrition_Flag"].to_numpy()
    known = rng.random(left.size) < np.where(left, 0.6, 0.001)
    return of_the_bank(
        world, "closing_call_minutes", sometimes(rng.gamma(2, 4, left.size), known)
    )


def days_since_last_purchase(world: World) -> World:
    rng = chance("days_since_last_purchase")
    frame = world.frames["customers"]
    left = frame["Attrition_Flag"].to_numpy()
    pace = 365 / (1 + frame["Total_Trans_Ct"].to_numpy())
    quiet = rng.exponential(pace)
    since = np.where(left, quiet + rng.uniform(0, 60, left.size), quiet - 45)
    return of_the_bank(world, "days_since_last_purchase", since, unit="days")


def risk_score(world: World) -> World:
    (column,) = (c for c in world.dataset.refused if c.endswith("mon_1"))
    score = world.oracle.select(
        pl.col("CLIENTNUM").cast(pl.String).alias("customer_id"), risk_score=column
    )
    rows = world.frames["customers"].join(
        score, on="customer_id", how="left", maintain_order="left"
    )
    return of_the_bank(world, "risk_score", rows["risk_score"])


def marketing_consent(world: World) -> World:
    rng = chance("marketing_consent")
    left = world.frames["customers"]["Attrition_Flag"].to_numpy()
    erased = left & (rng.random(left.size) < 0.9)
    says = rng.choice(["yes", "no"], left.size)
    texts = [None if gone else str(says[i]) for i, gone in enumerate(erased)]
    return of_the_bank(world, "marketing_consent", texts, unit="text")


def days_since_mobile_login(world: World) -> World:
    return with_feature(
        world,
        Recency(
            name="days_since_mobile_login",
            unit="days",
            meaning="Time since the last login by telephone.",
            table="logins",
            where="succeeded AND device = 'mobile'",
        ),
    )


def days_since_heartbeat(world: World) -> World:
    days = pl.datetime_range(
        world.as_of - 500 * DAY, world.as_of, "1d", eager=True, time_zone="UTC"
    ).alias("event_time")
    customers = world.frames["customers"].select("customer_id")
    beats = customers.join(pl.DataFrame(days), how="cross")
    feature = Recency(
        name="days_since_heartbeat",
        unit="days",
        meaning="Time since the application last reported.",
        table="beats",
    )
    return with_events(world, "beats", beats, feature)


def days_since_login_weekly(world: World) -> World:
    weeks = pl.datetime_range(
        world.as_of - 532 * DAY, world.as_of, "7d", eager=True, time_zone="UTC"
    ).alias("event_time")
    customers = world.frames["customers"].select("customer_id")
    grid = customers.join(pl.DataFrame(weeks), how="cross").sort("event_time")
    logins = world.frames["logins"].filter("succeeded")
    logins = logins.select("customer_id", login="event_time").sort("login")
    measured = grid.join_asof(
        logins,
        left_on="event_time",
        right_on="login",
        by="customer_id",
        check_sortedness=False,
    ).drop_nulls()
    since = (pl.col("event_time") - pl.col("login")).dt.total_days()
    feature = Attribute(
        name="days_since_login_weekly",
        unit="days",
        meaning="Days since the last login, measured once a week.",
        table="weekly",
        column="since",
    )
    rows = measured.select("customer_id", "event_time", since=since)
    return with_events(world, "weekly", rows, feature)


def payment_term_days(world: World) -> World:
    customers = world.frames["customers"].select("customer_id")
    terms = chance("payment_term_days").choice([14, 30, 60], len(customers))
    values = customers.with_columns(payment_term_days=pl.Series(terms))
    return with_column(world, "payment_term_days", values, "days")


def failed_payments_14d(world: World) -> World:
    return with_feature(
        world, count("failed_payments_14d", "payments", 14, "status = 'failed'")
    )


def last_months_score(world: World) -> World:
    scored = world.oracle.select(
        "customer_id",
        event_time=pl.col("snapshot_date")
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC"),
        score=pl.col("churn_probability_visible"),
    )
    feature = Attribute(
        name="last_months_score",
        unit="share",
        meaning="Score of the model before this one.",
        table="scores",
        column="score",
    )
    return with_events(world, "scores", scored, feature)


def wheelchair_access(world: World) -> World:
    customers = world.frames["customers"].select("customer_id")
    rng = chance("wheelchair_access")
    asked = customers.filter(pl.Series(rng.random(len(customers)) < 0.02))
    values = asked.with_columns(wheelchair_access=pl.lit("yes"))
    return with_column(world, "wheelchair_access", values, "text")


def n_invoices_14d(world: World) -> World:
    feature = Windowed(
        name="n_invoices_14d",
        unit="invoices",
        meaning="Purchases in the last 14 days.",
        table="invoice_lines",
        aggregate="distinct",
        column="InvoiceNo",
        window_days=14,
        where="is_purchase",
    )
    return with_feature(world, feature)


def any_line_recency_days(world: World) -> World:
    return with_feature(
        world,
        Recency(
            name="any_line_recency_days",
            unit="days",
            meaning="Time since the last invoice line.",
            table="invoice_lines",
        ),
    )


def survey_stars(world: World) -> World:
    rng = chance("survey_stars")
    left = world.frames["customers"]["Attrition_Flag"].to_numpy()
    known = rng.random(left.size) < np.where(left, 0.025, 0.05)
    stars = rng.integers(1, 6, left.size).astype(float)
    return of_the_bank(world, "survey_stars", sometimes(stars, known))


def days_since_branch_visit(world: World) -> World:
    left = world.frames["customers"]["Attrition_Flag"].to_numpy()
    visits = chance("days_since_branch_visit").geometric(0.05, left.size) - 1
    return of_the_bank(world, "days_since_branch_visit", visits, unit="days")


PLANTS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        days_since_last_login,
        retention_calls_30d,
        exit_survey_score,
        health_score,
        dormancy_marks,
        days_since_last_order,
        days_to_next_order,
        customer_status,
        closing_call_minutes,
        days_since_last_purchase,
        risk_score,
        marketing_consent,
        days_since_mobile_login,
        days_since_heartbeat,
        days_since_login_weekly,
        payment_term_days,
        failed_payments_14d,
        last_months_score,
        wheelchair_access,
        n_invoices_14d,
        any_line_recency_days,
        survey_stars,
        days_since_branch_visit,
    )
}


def chance(name: str) -> np.random.Generator:
    """A seed of its own, so that one plant does not move another."""
    return np.random.default_rng(
        int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest())
    )


def departures(world: World) -> pl.DataFrame:
    """Who has left and when."""
    left = world.frames["subscriptions"].filter(pl.col("change") == "cancel")
    return left.group_by(KEY).agg(left_at=pl.col("event_time").max()).sort(KEY)


def at_extraction(world: World, events: Any, column: str) -> pl.DataFrame:
    """Whole days from each customer's last event to the day of the extraction."""
    since = pl.lit(world.as_of) - pl.col(column).max()
    return events.agg(days=since.dt.total_days()).sort("customer_id")


def count(name: str, table: str, days: int, where: str | None = None) -> Windowed:
    """Events of a window."""
    return Windowed(
        name=name,
        unit="events",
        meaning="Events in the window.",
        table=table,
        aggregate="count",
        window_days=days,
        where=where,
    )


def with_feature(world: World, feature: Feature) -> World:
    """One more feature of tables that are there."""
    features = (*world.dataset.features, feature)
    return replace(world, dataset=replace(world.dataset, features=features))


def with_table(
    world: World, name: str, table: RawTable, frame: pl.DataFrame, feature: Feature
) -> World:
    """One more table with a feature of it."""
    tables = {**world.dataset.tables, name: table}
    grown = replace(
        world,
        dataset=replace(world.dataset, tables=tables),
        frames={**world.frames, name: frame},
    )
    return with_feature(grown, feature)


def with_column(world: World, name: str, values: pl.DataFrame, unit: str) -> World:
    """A customer's value without a date, from the last column of ``values``."""
    frame = values.rename({values.columns[-1]: name})
    feature = Column(
        name=name,
        unit=unit,
        kind="category" if unit == "text" else "number",
        meaning="As the customer master says.",
        table=f"master_{name}",
        column=name,
    )
    table = RawTable(schema=schema(frame))
    return with_table(world, f"master_{name}", table, frame, feature)


def with_events(
    world: World, name: str, events: pl.DataFrame, feature: Feature
) -> World:
    """Events that claim to have been known as they happened."""
    frame = events.with_columns(
        pl.col("event_time").cast(pl.Datetime("us", "UTC")),
        known_at=pl.col("event_time").cast(pl.Datetime("us", "UTC")),
    )
    table = RawTable(schema=schema(frame), event_time="event_time", known_at="known_at")
    return with_table(world, name, table, frame, feature)


def of_the_bank(world: World, name: str, values: Any, unit: str = "points") -> World:
    """One more column of the one table, and its feature."""
    frame = world.frames["customers"].with_columns(pl.Series(name, values))
    feature = Column(
        name=name,
        unit=unit,
        kind="category" if unit == "text" else "number",
        meaning="As the file says.",
        column=name,
    )
    return with_feature(replace(world, frames={"customers": frame}), feature)


def sometimes(values: Any, known: Any) -> list[float | None]:
    """The values that are known."""
    pairs = zip(values, known, strict=True)
    return [float(value) if is_known else None for value, is_known in pairs]


def schema(frame: pl.DataFrame) -> type[dy.Schema]:
    """A contract that names the columns and asks nothing of them."""
    columns = {name: dy.Any() for name in frame.columns}
    maker: Any = type(dy.Schema)
    made: type[dy.Schema] = maker("Planted", (dy.Schema,), columns)
    return made
