"""What can be counted about each customer at the start of each month.

Arrays have the shape (n_customers, n_grid). Grid position ``g`` is midnight at the
start of month ``g - 1``: one month before the start date and each one after it.
"""

from dataclasses import dataclass

import numpy as np

from datasets.subscriptions.billing import FAILED
from datasets.subscriptions.business import Business
from datasets.subscriptions.contracts import PRICE_CHANGE
from datasets.subscriptions.events import Events, Flags, Floats, Ints, month_of
from datasets.subscriptions.plan import DAY_SECONDS, MONTH_SECONDS

LONG_WINDOW_MONTHS = 3


@dataclass(frozen=True)
class State:
    """``_30d`` and ``_90d`` are windows that end at the grid's midnight."""

    tenure_days: Floats
    is_annual: Flags
    plan: Ints
    sessions_30d: Ints
    sessions_90d: Ints
    failed_logins_30d: Ints
    failed_payments_90d: Ints
    price_rises_90d: Ints
    open_tickets_90d: Ints


def observe(business: Business) -> State:
    """The state of every customer at every grid position."""
    population, shape = business.population, business.contracts.plan.shape
    grid = grid_seconds(shape[1])
    rises = business.contracts.changes
    rises = rises.keep(rises.values["change"] == PRICE_CHANGE)
    failed = business.payments.keep(business.payments.values["status"] == FAILED)
    bad = business.logins.keep(~business.logins.values["succeeded"])
    sessions = _counts(business.usage, shape)
    return State(
        tenure_days=(grid - population.signup[:, None]) / DAY_SECONDS,
        is_annual=population.is_annual[:, None],
        plan=business.contracts.plan[:, LONG_WINDOW_MONTHS - 1 :],
        sessions_30d=_last(sessions),
        sessions_90d=_last_three(sessions),
        failed_logins_30d=_last(_counts(bad, shape)),
        failed_payments_90d=_last_three(_counts(failed, shape)),
        price_rises_90d=_last_three(_counts(rises, shape)),
        open_tickets_90d=_open_tickets(business.tickets, shape),
    )


def grid_seconds(n_months: int) -> Ints:
    """The grid's midnights in seconds from the start date."""
    return (np.arange(n_months - LONG_WINDOW_MONTHS + 1) - 1) * MONTH_SECONDS


def _counts(events: Events, shape: tuple[int, ...]) -> Ints:
    month = month_of(events.seconds)
    inside = (month >= 0) & (month < shape[1])
    cell = events.customer[inside] * shape[1] + month[inside]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def _last(counts: Ints) -> Ints:
    return counts[:, LONG_WINDOW_MONTHS - 1 :]


def _last_three(counts: Ints) -> Ints:
    return counts[:, :-2] + counts[:, 1:-1] + counts[:, 2:]


def _open_tickets(tickets: Events, shape: tuple[int, ...]) -> Ints:
    """Tickets of the last 90 days that are unresolved at the grid's midnight."""
    grid = grid_seconds(shape[1])
    closed = tickets.seconds + tickets.values["resolution_seconds"]
    total = np.zeros((shape[0], len(grid)), dtype=np.int64)
    for months_open in range(LONG_WINDOW_MONTHS):
        g = month_of(tickets.seconds) - (LONG_WINDOW_MONTHS - 1) + months_open
        inside = (g >= 0) & (g < len(grid))
        still = inside & (closed > grid[np.clip(g, 0, len(grid) - 1)])
        np.add.at(total, (tickets.customer[still], g[still]), 1)
    return total
