"""The raw tables of a subscription business and what a good row of each holds.

Each event carries when it happened and when it reached us. A row with the same
``event_id`` and a later ``known_at`` corrects the one before. Money is in cents,
durations are in seconds, both integers. Moments are UTC, also where a database that
keeps no zones (SQLite, MySQL) held them meanwhile.
"""

from collections.abc import Callable, Mapping

import dataframely as dy
import polars as pl

from churn.dataset import RawTable

COUNTRIES = ("DE", "FR", "NL", "AT", "PL")
CHANNELS = ("organic", "paid_search", "referral", "partner")
AGE_BANDS = ("18-29", "30-44", "45-59", "60+")
PLANS = ("basic", "standard", "premium")
BILLING_PERIODS = ("monthly", "annual")
CHANGES = ("start", "plan_change", "price_change", "cancel")
PAYMENT_STATUSES = ("paid", "failed")
DEVICES = ("web", "mobile", "tablet")
TOPICS = ("billing", "technical", "content", "other")
PRIORITIES = ("low", "normal", "urgent")
TICKET_STATUSES = ("open", "resolved")


def _one_of(values: tuple[str, ...]) -> Mapping[str, Callable[[pl.Expr], pl.Expr]]:
    return {"known_value": lambda column: column.is_in(values)}


def _instant(*, primary_key: bool = False) -> dy.Datetime:
    return dy.Datetime(time_unit="us", time_zone="UTC", primary_key=primary_key)


class Customers(dy.Schema):
    """Who signed up when; a later row of the same customer is what changed since."""

    customer_id = dy.String(primary_key=True, regex=r"^C\d{7}$")
    event_time = _instant()
    known_at = _instant(primary_key=True)
    country = dy.String(check=_one_of(COUNTRIES))
    acquisition_channel = dy.String(check=_one_of(CHANNELS))
    age_band = dy.String(check=_one_of(AGE_BANDS))

    @dy.rule()
    def known_after_it_happened(cls) -> pl.Expr:
        """Nothing reaches us before it happens."""
        return pl.col("known_at") >= pl.col("event_time")


class Event(dy.Schema):
    """What every event table shares."""

    event_id = dy.Int64(primary_key=True, min=0)
    customer_id = dy.String(regex=r"^C\d{7}$")
    event_time = _instant()
    known_at = _instant(primary_key=True)

    @dy.rule()
    def known_after_it_happened(cls) -> pl.Expr:
        """Nothing reaches us before it happens."""
        return pl.col("known_at") >= pl.col("event_time")


class Subscriptions(Event):
    """The contract from this change on; a cancellation repeats the last one."""

    change = dy.String(check=_one_of(CHANGES))
    plan = dy.String(check=_one_of(PLANS))
    billing_period = dy.String(check=_one_of(BILLING_PERIODS))
    monthly_price_cents = dy.Int64(min=1)
    price_change_cents = dy.Int64()

    @dy.rule()
    def price_moves_only_with_a_change(cls) -> pl.Expr:
        """A start or a cancellation leaves the price as it is."""
        is_edge = pl.col("change").is_in(["start", "cancel"])
        return ~is_edge | (pl.col("price_change_cents") == 0)


class Invoices(Event):
    """A month or a year, billed in advance."""

    amount_cents = dy.Int64(min=1)
    due_at = _instant()

    @dy.rule()
    def due_after_it_was_issued(cls) -> pl.Expr:
        """No invoice is overdue when it is issued."""
        return pl.col("due_at") >= pl.col("event_time")


class Payments(Event):
    """An attempt to collect an invoice; ``late_seconds`` counts from its due date."""

    invoice_id = dy.Int64(min=0)
    status = dy.String(check=_one_of(PAYMENT_STATUSES))
    amount_cents = dy.Int64(min=1)
    late_seconds = dy.Int64(min=0)


class Usage(Event):
    """One session with the product."""

    device = dy.String(check=_one_of(DEVICES))
    active_seconds = dy.Int64(min=1, max=86_400)


class Logins(Event):
    """One attempt to log in."""

    device = dy.String(check=_one_of(DEVICES))
    succeeded = dy.Bool()


class SupportTickets(Event):
    """A question to support; its resolution arrives as a later version of the row."""

    topic = dy.String(check=_one_of(TOPICS))
    priority = dy.String(check=_one_of(PRIORITIES))
    status = dy.String(check=_one_of(TICKET_STATUSES))
    resolution_seconds = dy.Int64(min=1, nullable=True)

    @dy.rule()
    def resolved_means_a_duration(cls) -> pl.Expr:
        """A resolved ticket took some time; an open one has not ended."""
        is_resolved = pl.col("status") == "resolved"
        return is_resolved == pl.col("resolution_seconds").is_not_null()


def _events(schema: type[dy.Schema]) -> RawTable:
    return RawTable(
        schema=schema,
        event_time="event_time",
        known_at="known_at",
        event_id="event_id",
        time_zone="UTC",
    )


TABLES: Mapping[str, RawTable] = {
    "customers": RawTable(
        schema=Customers,
        event_time="event_time",
        known_at="known_at",
        time_zone="UTC",
        customer=True,
    ),
    "subscriptions": _events(Subscriptions),
    "invoices": _events(Invoices),
    "payments": _events(Payments),
    "usage": _events(Usage),
    "logins": _events(Logins),
    "support_tickets": _events(SupportTickets),
}
