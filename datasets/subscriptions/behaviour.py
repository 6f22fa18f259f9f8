"""What customers do with the product: sessions, logins, questions to support."""

from dataclasses import replace

import numpy as np

from datasets.subscriptions.events import (
    Events,
    Floats,
    Ints,
    at,
    joined,
    nightly,
    promptly,
    scatter,
)
from datasets.subscriptions.plan import DAY_SECONDS, Simulation
from datasets.subscriptions.population import Population, regime
from datasets.subscriptions.tables import (
    DEVICES,
    PRIORITIES,
    TICKET_STATUSES,
    TOPICS,
)

OPEN, RESOLVED = range(len(TICKET_STATUSES))
DORMANT_ACTIVITY = 0.2
MEAN_SESSION_SECONDS = 1_500
LOGINS_PER_SESSION = 0.4
LOGIN_FAILURE_RATE = 0.04
LOGIN_FAILURE_RATE_IN_TROUBLE = 0.5
TICKET_RATE = 0.12
TICKET_RATE_IN_TROUBLE = 0.9
SLOW_TICKET_SHARE = 0.35


def draw_activity(
    rng: np.random.Generator, population: Population, plan: Simulation
) -> Floats:
    """Expected sessions of each customer in each month: steady, but for pauses."""
    is_dormant = regime(rng, len(population), plan, enter_rate=0.08, leave_rate=0.35)
    return population.sessions[:, None] * np.where(is_dormant, DORMANT_ACTIVITY, 1.0)


def draw_usage(
    rng: np.random.Generator, population: Population, activity: Floats
) -> Events:
    """Sessions, with the seconds they lasted."""
    customer, seconds = scatter(rng, rng.poisson(activity), population.signup)
    n = len(seconds)
    lasted = rng.gamma(2.0, MEAN_SESSION_SECONDS / 2.0, size=n).astype(np.int64)
    return at(customer, seconds, nightly(rng, seconds)).having(
        device=rng.integers(0, len(DEVICES), size=n),
        active_seconds=np.clip(lasted, 1, DAY_SECONDS),
    )


def draw_logins(
    rng: np.random.Generator,
    population: Population,
    activity: Floats,
    plan: Simulation,
) -> Events:
    """Attempts to log in; in some months most of a customer's attempts fail."""
    trouble = regime(rng, len(population), plan, enter_rate=0.04, leave_rate=0.6)
    rate = 1.0 + activity * LOGINS_PER_SESSION
    failing = np.where(trouble, LOGIN_FAILURE_RATE_IN_TROUBLE, LOGIN_FAILURE_RATE)
    good = scatter(rng, rng.poisson(rate), population.signup)
    bad = scatter(rng, rng.poisson(rate * failing), population.signup)
    customer, seconds = (np.concatenate(pair) for pair in zip(good, bad, strict=True))
    n = len(seconds)
    return at(customer, seconds, nightly(rng, seconds)).having(
        device=rng.integers(0, len(DEVICES), size=n),
        succeeded=np.arange(n) < len(good[0]),
    )


def draw_tickets(
    rng: np.random.Generator, population: Population, plan: Simulation
) -> Events:
    """Questions as they were opened, with the time until they are resolved."""
    trouble = regime(rng, len(population), plan, enter_rate=0.05, leave_rate=0.5)
    rate = np.where(trouble, TICKET_RATE_IN_TROUBLE, TICKET_RATE)
    customer, seconds = scatter(rng, rng.poisson(rate), population.signup)
    n = len(seconds)
    slow = rng.random(n) < SLOW_TICKET_SHARE
    days = rng.gamma(2.0, np.where(slow, 40.0, 1.5), size=n)
    return at(customer, seconds, promptly(rng, seconds)).having(
        topic=_pick(rng, n, len(TOPICS)),
        priority=_pick(rng, n, len(PRIORITIES)),
        status=np.full(n, OPEN),
        resolution_seconds=1_800 + (days * DAY_SECONDS).astype(np.int64),
    )


def _pick(rng: np.random.Generator, n: int, n_values: int) -> Ints:
    return rng.integers(0, n_values, size=n)


def with_resolutions(tickets: Events) -> Events:
    """Each ticket as opened and, known when it was closed, as resolved."""
    took = tickets.values["resolution_seconds"]
    known = np.maximum(tickets.known + 1, tickets.seconds + took)
    closed = replace(tickets, known=known)
    return joined(tickets, closed.having(status=np.full(len(tickets), RESOLVED)))
