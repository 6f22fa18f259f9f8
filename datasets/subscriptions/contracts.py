"""What each customer has booked, month by month: plan and price."""

from dataclasses import dataclass

import numpy as np

from datasets.subscriptions.events import Events, Flags, Ints, at
from datasets.subscriptions.plan import HISTORY_MONTHS, MONTH_SECONDS, Simulation
from datasets.subscriptions.population import Population
from datasets.subscriptions.tables import CHANGES

LIST_PRICE_CENTS = np.array([999, 1_799, 2_999])
ANNUAL_PRICE_SHARE = 0.85
PRICE_RISE_RATE = 0.09
PLAN_CHANGE_RATE = 0.015
UPGRADE_SHARE = 0.5
START, PLAN_CHANGE, PRICE_CHANGE, CANCEL = range(len(CHANGES))


@dataclass(frozen=True)
class Contracts:
    """``plan`` and ``price_cents`` after each month, shape (n, months), and events."""

    plan: Ints
    price_cents: Ints
    changes: Events


def draw_contracts(
    rng: np.random.Generator, population: Population, plan: Simulation
) -> Contracts:
    """Starts, plan changes and price rises; at most one change a month."""
    n, n_months = len(population), HISTORY_MONTHS + plan.n_months
    luck = rng.random((n, n_months))
    starts = np.arange(n_months) - HISTORY_MONTHS
    settled = starts * MONTH_SECONDS >= population.signup[:, None]
    rises = (luck < PRICE_RISE_RATE) & settled
    moves = (luck > 1 - PLAN_CHANGE_RATE) & settled
    plans = _plans(rng, population, moves)
    moves &= np.diff(plans, axis=1, prepend=population.plan[:, None]) != 0
    prices = _prices(rng, population, plans, rises)
    return Contracts(
        plans, prices, _changes(rng, population, plans, prices, moves, rises)
    )


def _plans(rng: np.random.Generator, population: Population, moves: Flags) -> Ints:
    steps = np.where(rng.random(moves.shape) < UPGRADE_SHARE, 1, -1) * moves
    plans = np.empty(moves.shape, dtype=np.int64)
    current = population.plan
    for month in range(moves.shape[1]):
        current = np.clip(current + steps[:, month], 0, len(LIST_PRICE_CENTS) - 1)
        plans[:, month] = current
    return plans


def _prices(
    rng: np.random.Generator, population: Population, plans: Ints, rises: Flags
) -> Ints:
    factor = np.cumprod(1 + rises * rng.uniform(0.04, 0.15, size=rises.shape), axis=1)
    share = np.where(population.is_annual, ANNUAL_PRICE_SHARE, 1.0)[:, None]
    return np.rint(LIST_PRICE_CENTS[plans] * factor * share).astype(np.int64)


def first_prices(population: Population) -> Ints:
    """Monthly price in cents at signing up."""
    share = np.where(population.is_annual, ANNUAL_PRICE_SHARE, 1.0)
    return np.rint(LIST_PRICE_CENTS[population.plan] * share).astype(np.int64)


def _changes(
    rng: np.random.Generator,
    population: Population,
    plans: Ints,
    prices: Ints,
    moves: Flags,
    rises: Flags,
) -> Events:
    """One event per start and change, known at once: it is our own system."""
    customer, month = np.nonzero(moves | rises)
    moment = rng.integers(1, MONTH_SECONDS, size=len(month), endpoint=True)
    moment += (month - HISTORY_MONTHS) * MONTH_SECONDS
    first = first_prices(population)
    before = np.diff(prices, axis=1, prepend=first[:, None])
    seconds = np.concatenate([population.signup, moment])
    events = at(
        np.concatenate([np.arange(len(population)), customer]), seconds, seconds
    )
    kind = np.where(moves[customer, month], PLAN_CHANGE, PRICE_CHANGE)
    return events.having(
        change=np.concatenate([np.full(len(population), START), kind]),
        plan=np.concatenate([population.plan, plans[customer, month]]),
        monthly_price_cents=np.concatenate([first, prices[customer, month]]),
        price_change_cents=np.concatenate([first * 0, before[customer, month]]),
    )
