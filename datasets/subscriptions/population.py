"""Who the customers are: what is written about them, and what is not."""

from dataclasses import dataclass

import numpy as np

from datasets.subscriptions.events import Flags, Floats, Ints
from datasets.subscriptions.plan import (
    DAY_SECONDS,
    HISTORY_MONTHS,
    MONTH_SECONDS,
    Simulation,
)

EXISTING_SHARE = 0.55
MEAN_TENURE_DAYS = 600
LONGEST_TENURE_DAYS = 1_800
COUNTRY_SHARES = (0.42, 0.2, 0.16, 0.12, 0.1)
CHANNEL_SHARES = (0.4, 0.3, 0.2, 0.1)
AGE_SHARES = (0.25, 0.35, 0.25, 0.15)
PLAN_SHARES = (0.45, 0.35, 0.2)
ANNUAL_SHARE = 0.25
ANNUAL_SHARE_AMONG_EXISTING = 0.45
HIDDEN_SHARES = (0.25, 0.5, 0.25)
MEAN_SESSIONS = 6.0


@dataclass(frozen=True)
class Population:
    """Arrays of shape (n_customers,); categories are positions in ``tables``.

    ``discontent`` (-1, 0 or 1) leaves no trace in any table.
    """

    signup: Ints
    country: Ints
    channel: Ints
    age_band: Ints
    plan: Ints
    is_annual: Flags
    billing_second: Ints
    sessions: Floats
    discontent: Ints

    def __len__(self) -> int:
        return len(self.signup)


def draw_population(rng: np.random.Generator, n: int, plan: Simulation) -> Population:
    """Customers of whom most were there before the start, the rest join later."""
    signup = _signups(rng, n, plan)
    annual = np.where(signup < 0, ANNUAL_SHARE_AMONG_EXISTING, ANNUAL_SHARE)
    return Population(
        signup=signup,
        country=_pick(rng, n, COUNTRY_SHARES),
        channel=_pick(rng, n, CHANNEL_SHARES),
        age_band=_pick(rng, n, AGE_SHARES),
        plan=_pick(rng, n, PLAN_SHARES),
        is_annual=rng.random(n) < annual,
        billing_second=rng.integers(1, MONTH_SECONDS, size=n),
        sessions=rng.gamma(4.0, MEAN_SESSIONS / 4.0, size=n),
        discontent=_pick(rng, n, HIDDEN_SHARES) - 1,
    )


def _pick(rng: np.random.Generator, n: int, shares: tuple[float, ...]) -> Ints:
    edges = np.cumsum(shares)[:-1]
    return np.searchsorted(edges, rng.random(n), side="right").astype(np.int64)


def _signups(rng: np.random.Generator, n: int, plan: Simulation) -> Ints:
    """Seconds from the start, negative for who was there before."""
    tenure = rng.exponential(MEAN_TENURE_DAYS * DAY_SECONDS, size=n)
    before = -(tenure % (LONGEST_TENURE_DAYS * DAY_SECONDS)).astype(np.int64)
    during = rng.integers(1, plan.n_days * DAY_SECONDS, size=n, endpoint=True)
    return np.where(rng.random(n) < EXISTING_SHARE, before, during)


def regime(
    rng: np.random.Generator,
    n: int,
    plan: Simulation,
    *,
    enter_rate: float,
    leave_rate: float,
) -> Flags:
    """A condition that comes and goes by month: bool of shape (n, months)."""
    luck = rng.random((n, HISTORY_MONTHS + plan.n_months))
    state = np.zeros(luck.shape, dtype=np.bool_)
    state[:, 0] = luck[:, 0] < enter_rate / (enter_rate + leave_rate)
    for month in range(1, luck.shape[1]):
        was = state[:, month - 1]
        state[:, month] = np.where(
            was, luck[:, month] >= leave_rate, luck[:, month] < enter_rate
        )
    return state
