"""What a model may know about a customer of the subscription business."""

from churn.features.declarations import (
    Age,
    Attribute,
    Difference,
    Feature,
    Ratio,
    Recency,
    Windowed,
)


def _attribute(
    table: str, column: str, meaning: str, *, in_model: bool = True
) -> Attribute:
    return Attribute(
        name=column,
        unit="text",
        meaning=meaning,
        kind="category",
        in_model=in_model,
        table=table,
        column=column,
    )


def _count(
    name: str, table: str, days: int, meaning: str, where: str | None
) -> Windowed:
    return Windowed(
        name=f"{name}_{days}d",
        unit="events",
        meaning=f"{meaning} in the last {days} days.",
        log1p=True,
        table=table,
        aggregate="count",
        window_days=days,
        where=where,
    )


def _total(
    name: str, table: str, column: str, days: int, meaning: str, where: str | None
) -> Windowed:
    return Windowed(
        name=f"{name}_{days}d",
        unit=column.rsplit("_", 1)[-1],
        meaning=f"{meaning} in the last {days} days.",
        log1p=True,
        table=table,
        aggregate="sum",
        column=column,
        window_days=days,
        where=where,
    )


def _recency(name: str, table: str, meaning: str, where: str | None) -> Recency:
    return Recency(
        name=f"days_since_{name}",
        unit="days",
        meaning=f"Time since the last {meaning}.",
        log1p=True,
        table=table,
        where=where,
    )


FAILED = "status = 'failed'"
OPEN = "status = 'open'"
REFUSED = "NOT succeeded"
PRICE = "change = 'price_change'"
PLAN = "change = 'plan_change'"

CUSTOMER: tuple[Feature, ...] = (
    Age(
        name="tenure_days",
        unit="days",
        meaning="Time since signing up.",
        log1p=True,
        table="customers",
    ),
    _attribute("customers", "country", "Country of the customer."),
    _attribute("customers", "acquisition_channel", "What brought the customer here."),
    # A model of few customers that sees it moves with it, by a hundredth for one in
    # fifteen; it is no reason to leave.
    _attribute("customers", "age_band", "Age group of the customer.", in_model=False),
)

CONTRACT: tuple[Feature, ...] = (
    Attribute(
        name="last_change",
        unit="text",
        meaning="Last change of the subscription; a cancellation ends it.",
        kind="category",
        in_model=False,
        table="subscriptions",
        column="change",
    ),
    _attribute("subscriptions", "plan", "Plan of the customer."),
    _attribute("subscriptions", "billing_period", "How often the customer is billed."),
    Attribute(
        name="monthly_price_cents",
        unit="cents",
        meaning="Price of the subscription per month.",
        table="subscriptions",
        column="monthly_price_cents",
    ),
    _count("price_rises", "subscriptions", 90, "Price rises", PRICE),
    _total(
        "price_rise_cents",
        "subscriptions",
        "price_change_cents",
        90,
        "Rise of the monthly price",
        PRICE,
    ),
    _count("plan_changes", "subscriptions", 90, "Changes of plan", PLAN),
)

MONEY: tuple[Feature, ...] = (
    _total("invoiced_cents", "invoices", "amount_cents", 90, "Amount invoiced", None),
    _count("payments", "payments", 90, "Attempts to collect an invoice", None),
    _count("failed_payments", "payments", 90, "Failed payments", FAILED),
    _count("failed_payments", "payments", 30, "Failed payments", FAILED),
    _total(
        "late_seconds",
        "payments",
        "late_seconds",
        90,
        "Time by which payments were late",
        None,
    ),
    _recency("failed_payment", "payments", "failed payment", FAILED),
    Ratio(
        name="failed_payment_share_90d",
        unit="share",
        meaning="Share of payments in the last 90 days that failed.",
        numerator="failed_payments_90d",
        denominator="payments_90d",
    ),
)

USAGE: tuple[Feature, ...] = (
    _count("sessions", "usage", 30, "Sessions", None),
    _count("sessions", "usage", 90, "Sessions", None),
    _total(
        "active_seconds",
        "usage",
        "active_seconds",
        30,
        "Time spent with the product",
        None,
    ),
    _total(
        "active_seconds",
        "usage",
        "active_seconds",
        90,
        "Time spent with the product",
        None,
    ),
    _recency("session", "usage", "session", None),
    Ratio(
        name="session_trend",
        unit="ratio",
        meaning="Sessions of the last 30 days against a third of those of 90 days.",
        numerator="sessions_30d",
        denominator="sessions_90d",
        scale=3.0,
    ),
    Difference(
        name="active_seconds_change",
        unit="seconds",
        meaning="Time spent in the last 30 days above a third of that of 90 days.",
        minuend="active_seconds_30d",
        subtrahend="active_seconds_90d",
        subtrahend_scale=1 / 3,
    ),
    Ratio(
        name="price_cents_per_session",
        unit="cents",
        meaning="Monthly price for each of the last 30 days' sessions.",
        numerator="monthly_price_cents",
        denominator="sessions_30d",
        log1p=True,
    ),
    _count("logins", "logins", 30, "Attempts to log in", None),
    _count("failed_logins", "logins", 30, "Failed attempts to log in", REFUSED),
    _recency("login", "logins", "successful login", "succeeded"),
)

SUPPORT: tuple[Feature, ...] = (
    _count("tickets", "support_tickets", 90, "Questions to support", None),
    _count("open_tickets", "support_tickets", 90, "Unresolved questions", OPEN),
    Windowed(
        name="mean_resolution_seconds_90d",
        unit="seconds",
        meaning="Mean time to resolve the questions of the last 90 days.",
        log1p=True,
        table="support_tickets",
        aggregate="mean",
        column="resolution_seconds",
        window_days=90,
    ),
)

FEATURES = CUSTOMER + CONTRACT + MONEY + USAGE + SUPPORT
