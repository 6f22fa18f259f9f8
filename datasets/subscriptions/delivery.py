"""What the source hands over: rows known by the last day, of those who were there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from datasets.subscriptions import tables
from datasets.subscriptions.behaviour import with_resolutions
from datasets.subscriptions.business import Business
from datasets.subscriptions.contracts import CANCEL
from datasets.subscriptions.events import Events, Ints, joined, with_corrections
from datasets.subscriptions.hazard import NEVER, Departures
from datasets.subscriptions.plan import DAY_SECONDS, MONTH_DAYS, Simulation
from datasets.subscriptions.population import Population
from datasets.subscriptions.shock import only

Labels = Mapping[str, tuple[str, ...]]

CORRECTED_SHARE = 0.01
EVENTS_PER_CUSTOMER = 100_000
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Source:
    """How one chunk of customers is written down."""

    plan: Simulation
    first_customer: int
    customer_ids: pl.Series
    left: Ints

    def instants(self, seconds: Ints) -> pl.Series:
        """Seconds from the start as UTC instants."""
        epoch = (self.plan.start - EPOCH).days * DAY_SECONDS
        return pl.Series((seconds + epoch) * 1_000_000).cast(pl.Datetime("us", "UTC"))

    def event_ids(self, number: Ints) -> Ints:
        """Numbers unique in the chunk as numbers unique in the table."""
        return number + self.first_customer * EVENTS_PER_CUSTOMER

    def rows(self, events: Events, labels: Labels) -> pl.DataFrame:
        """The events until their customers left, known by the last day."""
        known_in_time = events.known <= self.plan.n_days * DAY_SECONDS
        kept = events.keep(
            known_in_time & (events.seconds <= self.left[events.customer])
        )
        values = {
            name: named(column, labels[name]) if name in labels else column
            for name, column in kept.values.items()
        }
        return pl.DataFrame(
            {
                "event_id": self.event_ids(kept.number),
                "customer_id": self.customer_ids.gather(kept.customer),
                "event_time": self.instants(kept.seconds),
                "known_at": self.instants(kept.known),
                **values,
            }
        )


def named(codes: NDArray[np.generic], names: tuple[str, ...]) -> pl.Series:
    """Positions as the words they stand for."""
    return pl.Series(names).gather(codes)


def describe(departures: Departures, plan: Simulation, first_customer: int) -> Source:
    """The chunk that begins with the given customer."""
    numbers = first_customer + 1 + np.arange(len(departures.seconds))
    ids = "C" + pl.Series(numbers).cast(pl.String).str.zfill(7)
    return Source(plan, first_customer, ids, departures.seconds)


def deliver(
    rng: np.random.Generator, business: Business, seen: Business, source: Source
) -> dict[str, pl.DataFrame]:
    """The raw tables of one chunk, with the source's mistakes and corrections.

    Mistakes are drawn for all that might have happened, of which ``seen`` did: so a
    shock changes none of those before it.
    """

    def corrected(events: Events, column: str) -> Events:
        return with_corrections(rng, events, column, share=CORRECTED_SHARE)

    return {
        "customers": _customers(business.population, source),
        "subscriptions": _subscriptions(business, source),
        "invoices": _invoices(corrected(business.invoices, "amount_cents"), source),
        "payments": _payments(corrected(business.payments, "late_seconds"), source),
        "usage": source.rows(
            only(corrected(business.usage, "active_seconds"), seen.usage),
            {"device": tables.DEVICES},
        ),
        "logins": source.rows(seen.logins, {"device": tables.DEVICES}),
        "support_tickets": _tickets(business.tickets, source),
    }


def _customers(population: Population, source: Source) -> pl.DataFrame:
    signup = source.instants(population.signup)
    return pl.DataFrame(
        {
            "customer_id": source.customer_ids,
            "event_time": signup,
            "known_at": signup,
            "country": named(population.country, tables.COUNTRIES),
            "acquisition_channel": named(population.channel, tables.CHANNELS),
            "age_band": named(population.age_band, tables.AGE_BANDS),
        }
    )


def _subscriptions(business: Business, source: Source) -> pl.DataFrame:
    changes = business.contracts.changes
    events = joined(changes, _cancellations(changes, source.left))
    billing = business.population.is_annual[events.customer].astype(np.int64)
    labels = {
        "change": tables.CHANGES,
        "plan": tables.PLANS,
        "billing_period": tables.BILLING_PERIODS,
    }
    rows = source.rows(events.having(billing_period=billing), labels)
    return rows.select(tables.Subscriptions.column_names())


def _cancellations(changes: Events, left: Ints) -> Events:
    """One for each customer who left, with the contract as it last was."""
    held = changes.keep(changes.seconds < left[changes.customer])
    held = held.keep(np.lexsort((held.seconds, held.customer)))
    _, first_from_end = np.unique(held.customer[::-1], return_index=True)
    last = held.keep(len(held) - 1 - first_from_end)
    last = last.keep(left[last.customer] < NEVER)
    moment = left[last.customer]
    cancelled = replace(last, seconds=moment, known=moment)
    return replace(cancelled, number=len(changes) + np.arange(len(last))).having(
        change=np.full(len(last), CANCEL),
        price_change_cents=np.zeros(len(last), dtype=np.int64),
    )


def _invoices(events: Events, source: Source) -> pl.DataFrame:
    rows = source.rows(events, {})
    due = pl.col("event_time") + pl.duration(seconds=pl.col("due_seconds"))
    return rows.with_columns(due_at=due).select(tables.Invoices.column_names())


def _payments(events: Events, source: Source) -> pl.DataFrame:
    numbered = events.having(invoice_id=source.event_ids(events.values["invoice_id"]))
    rows = source.rows(numbered, {"status": tables.PAYMENT_STATUSES})
    return rows.select(tables.Payments.column_names())


def _tickets(events: Events, source: Source) -> pl.DataFrame:
    labels = {
        "topic": tables.TOPICS,
        "priority": tables.PRIORITIES,
        "status": tables.TICKET_STATUSES,
    }
    rows = source.rows(with_resolutions(events), labels)
    took = pl.when(pl.col("status") == "resolved").then("resolution_seconds")
    return rows.with_columns(took.alias("resolution_seconds"))


def true_probabilities(departures: Departures, source: Source) -> pl.DataFrame:
    """The oracle: one row per customer active on each date from the start on."""
    n_dates = source.plan.n_days // MONTH_DAYS + 1
    dates = [source.plan.start + timedelta(days=MONTH_DAYS * k) for k in range(n_dates)]
    # Position 0 lies one month before the start.
    grid = slice(1, 1 + n_dates)
    customer, k = np.nonzero(departures.is_active[:, grid])
    return pl.DataFrame(
        {
            "customer_id": source.customer_ids.gather(customer),
            "snapshot_date": pl.Series(dates, dtype=pl.Date).gather(k),
            "churn_probability": departures.probability[:, grid][customer, k],
            "churn_probability_visible": departures.visible[:, grid][customer, k],
        }
    )
