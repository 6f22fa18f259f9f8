"""Invoices and the attempts to collect them."""

import numpy as np

from datasets.subscriptions.contracts import Contracts
from datasets.subscriptions.events import (
    Events,
    Ints,
    at,
    joined,
    month_of,
    promptly,
)
from datasets.subscriptions.plan import (
    DAY_SECONDS,
    HISTORY_MONTHS,
    MONTH_SECONDS,
    Simulation,
)
from datasets.subscriptions.population import Population, regime
from datasets.subscriptions.tables import PAYMENT_STATUSES

PAID, FAILED = range(len(PAYMENT_STATUSES))
DUE_SECONDS = 14 * DAY_SECONDS
ANNUAL_MONTHS = 12
FAILURE_RATE = 0.015
FAILURE_RATE_IN_TROUBLE = 0.75
RETRIED_SHARE = 0.8


def draw_invoices(
    rng: np.random.Generator, population: Population, contracts: Contracts
) -> Events:
    """A month or a year in advance, always at the same moment of the month."""
    months = np.arange(contracts.plan.shape[1]) - HISTORY_MONTHS
    moments = months * MONTH_SECONDS + population.billing_second[:, None]
    age = (moments - population.signup[:, None]) // MONTH_SECONDS
    paid_up = population.is_annual[:, None] & (age % ANNUAL_MONTHS != 0)
    customer, month = np.nonzero((age >= 0) & ~paid_up)
    n_months = np.where(population.is_annual[customer], ANNUAL_MONTHS, 1)
    seconds = moments[customer, month]
    return at(customer, seconds, promptly(rng, seconds)).having(
        amount_cents=contracts.price_cents[customer, month] * n_months,
        due_seconds=np.full(len(seconds), DUE_SECONDS),
    )


def draw_payments(
    rng: np.random.Generator, population: Population, invoices: Events, plan: Simulation
) -> Events:
    """A first attempt for each invoice, and mostly a second where it failed."""
    n = len(invoices)
    trouble = regime(rng, len(population), plan, enter_rate=0.05, leave_rate=0.4)
    rate = np.where(
        trouble[invoices.customer, month_of(invoices.seconds)],
        FAILURE_RATE_IN_TROUBLE,
        FAILURE_RATE,
    )
    status = np.where(rng.random(n) < rate, FAILED, PAID)
    wait = 1 + rng.gamma(2.0, 4.0 * DAY_SECONDS, size=n).astype(np.int64)
    first = _attempts(rng, invoices, wait, status)
    wait += rng.integers(3 * DAY_SECONDS, 12 * DAY_SECONDS, size=n)
    retried = (status == FAILED) & (rng.random(n) < RETRIED_SHARE)
    second = _attempts(
        rng, invoices.keep(retried), wait[retried], status[retried] * 0 + PAID
    )
    both = joined(first, second)
    return at(both.customer, both.seconds, both.known).having(**both.values)


def _attempts(
    rng: np.random.Generator, invoices: Events, wait: Ints, status: Ints
) -> Events:
    seconds = invoices.seconds + wait
    return at(invoices.customer, seconds, promptly(rng, seconds)).having(
        invoice_id=invoices.number,
        status=status,
        amount_cents=invoices.values["amount_cents"],
        late_seconds=np.maximum(0, wait - invoices.values["due_seconds"]),
    )
