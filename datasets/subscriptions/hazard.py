"""Who leaves when: a hazard of what can be counted and of what cannot.

The probability of leaving in month ``j + 1`` is fixed by the state at the start
of month ``j``. So the state at a snapshot gives the true probability of its label,
whose window begins a month later.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from datasets.subscriptions.events import Flags, Floats, Ints
from datasets.subscriptions.plan import MONTH_DAYS, MONTH_SECONDS, Simulation
from datasets.subscriptions.population import HIDDEN_SHARES, Population
from datasets.subscriptions.shock import is_shocked
from datasets.subscriptions.state import LONG_WINDOW_MONTHS, State, grid_seconds
from datasets.subscriptions.tables import PLANS

# Log-odds. Tuned so that the best possible AUC is 0.87, of which 0.02 is hidden.
BASE = -4.84
HIDDEN = 0.9
SEASON = 0.12
NEW_DAYS = 365
ANNIVERSARY_DAYS = (300, 450)
HEAVY_SESSIONS_90D = 24
LOCKED_OUT_LOGINS_30D = 2
SHOCK_BY_PLAN = (0.3, 0.5, 1.0)
BASIC = PLANS.index("basic")
DAYS_OF_YEAR = 365.25
NEVER = np.iinfo(np.int64).max
DISCONTENT = np.array([-1, 0, 1])


@dataclass(frozen=True)
class Departures:
    """Seconds of leaving, and per grid position who is a customer and how likely.

    ``visible`` is the best probability for someone who sees every table but not
    the customers' discontent.
    """

    seconds: Ints
    is_active: Flags
    probability: Floats
    visible: Floats


def draw_departures(
    rng: np.random.Generator, population: Population, state: State, plan: Simulation
) -> Departures:
    """Let customers leave, at a uniform moment of the month in which they do."""
    seen = visible_log_odds(state) + market_log_odds(state, plan)
    grid = grid_seconds(seen.shape[1] + LONG_WINDOW_MONTHS - 1)
    was_there = population.signup[:, None] <= grid
    probability = _sigmoid(seen + HIDDEN * population.discontent[:, None])
    # The last two positions decide about months after the last day.
    leaves = (rng.random(seen.shape) < probability) & was_there
    leaves[:, -2:] = False
    moment = rng.integers(1, MONTH_SECONDS, size=len(population), endpoint=True)
    first = leaves.argmax(axis=1)
    left = grid[first] + MONTH_SECONDS + moment
    seconds = np.where(leaves.any(axis=1), left, NEVER)
    return Departures(
        seconds=seconds,
        is_active=was_there & (seconds[:, None] > grid),
        probability=probability,
        visible=_visible(seen, was_there),
    )


def visible_log_odds(state: State) -> Floats:
    """Log-odds of leaving from what the tables show: thresholds that interact."""
    is_monthly, is_basic = ~state.is_annual, state.plan == BASIC
    payment_failed = state.failed_payments_90d >= 1
    uses_less = state.sessions_30d * 3 < 0.5 * state.sessions_90d
    is_new = state.tenure_days < NEW_DAYS
    waits_for_support = state.open_tickets_90d >= 1
    pays_more = state.price_rises_90d >= 1
    first, last = ANNIVERSARY_DAYS
    near_anniversary = (state.tenure_days > first) & (state.tenure_days < last)
    is_heavy = state.sessions_90d >= HEAVY_SESSIONS_90D
    is_locked_out = state.failed_logins_30d >= LOCKED_OUT_LOGINS_30D
    return (
        BASE
        + 2.5 * (payment_failed & is_monthly)
        + 2.6 * (uses_less & is_new)
        + 0.8 * (uses_less & ~is_new)
        + 1.9 * (is_heavy & is_basic)
        + 2.8 * (waits_for_support & pays_more)
        + 0.9 * (waits_for_support & ~pays_more)
        + 1.5 * near_anniversary
        + 1.5 * is_locked_out
    )


def market_log_odds(state: State, plan: Simulation) -> Floats:
    """What the time of year adds for all, and a competitor's offer by plan."""
    months = range(state.plan.shape[1])
    first_days = [plan.start + timedelta(days=MONTH_DAYS * month) for month in months]
    day_of_year = np.array([day.timetuple().tm_yday for day in first_days])
    season = SEASON * np.cos(2 * np.pi * day_of_year / DAYS_OF_YEAR)
    return season + is_shocked(plan, first_days) * np.array(SHOCK_BY_PLAN)[state.plan]


def _visible(seen: Floats, was_there: Flags) -> Floats:
    """Average over the discontent of those who are still there (Bayes' rule)."""
    by_level = _sigmoid(seen + HIDDEN * DISCONTENT[:, None, None])
    stay = np.where(was_there, 1 - by_level, 1.0)
    # Position g is about customers who also outlast the month that position
    # g - 1 decided on, the lead time of their snapshot.
    survived = np.ones_like(stay)
    survived[:, :, 1:] = np.cumprod(stay, axis=2)[:, :, :-1]
    weight = survived * np.array(HIDDEN_SHARES)[:, None, None]
    return (weight * by_level).sum(axis=0) / weight.sum(axis=0)


def _sigmoid(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))
