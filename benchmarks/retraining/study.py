"""What several businesses lived through, gathered to means with their errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean, stdev

from benchmarks.retraining.business import STUDY_DAYS, first_day, shock_day
from benchmarks.retraining.years import Campaign, Training

COST_EUR = 10.0
"""Of one retraining: the minutes that somebody reads its page; computing is cents."""

MONTH_DAYS = 30
NEVER = "never"
THOUSAND = 1000


@dataclass(frozen=True)
class Lived:
    """One business under every policy."""

    campaigns: tuple[Campaign, ...]
    trainings: tuple[Training, ...]


@dataclass(frozen=True)
class Mean:
    """A mean over businesses, and its standard error; None for a single one."""

    mean: float
    error: float | None


@dataclass(frozen=True)
class Row:
    """One policy, in EUR per 1,000 customers and month where nothing else is said.

    Parameters
    ----------
    n_trainings, n_before : float
        Retrainings in three years, and those before the shock, on average.
    net, paid : Mean
        Net value of the campaigns; less what the trainings cost.
    gain : Mean
        Of ``paid`` over never training again; the difference within each business.
    best_share : float
        Net value as a share of the best that could be known.
    after : Mean
        Gain in net value over never, from the shock on, trainings unpaid.
    worth_eur : float or None
        What one training brought, in a business of this size: it may cost as much.
    """

    policy: str
    n_trainings: float
    n_before: float
    net: Mean
    paid: Mean
    gain: Mean
    best_share: float
    after: Mean
    worth_eur: float | None


@dataclass(frozen=True)
class Point:
    """The mean net value of one month's campaigns, EUR per 1,000 customers."""

    policy: str
    day: date
    net_eur: float


@dataclass(frozen=True)
class Study:
    """All that the page and the table tell."""

    n_businesses: int
    n_customers: int
    n_active: float
    rows: tuple[Row, ...]
    points: tuple[Point, ...]
    best: tuple[Point, ...]
    trainings: tuple[tuple[Training, ...], ...]


def gathered(lives: Sequence[Lived], n_customers: int) -> Study:
    """Means over the businesses, policy by policy in their order."""
    names = list(dict.fromkeys(one.policy for one in lives[0].campaigns))
    days = list(dict.fromkeys(one.day for one in lives[0].campaigns))
    every = [one for life in lives for one in life.campaigns]
    return Study(
        n_businesses=len(lives),
        n_customers=n_customers,
        n_active=mean(one.n_customers for one in every),
        rows=tuple(_row(name, lives) for name in names),
        points=tuple(
            Point(name, day, mean(_net(life, name, day) for life in lives))
            for name in names
            for day in days
        ),
        best=tuple(
            Point("best", day, mean(c.best_eur for c in every if c.day == day))
            for day in days
        ),
        trainings=tuple(life.trainings for life in lives),
    )


def _row(name: str, lives: Sequence[Lived]) -> Row:
    net = [_mean_net(life, name) for life in lives]
    before = [_mean_net(life, NEVER) for life in lives]
    cost = [_cost(life, name) for life in lives]
    best = [
        mean(c.best_eur for c in life.campaigns if c.policy == name) for life in lives
    ]
    paid = [n - c for n, c in zip(net, cost, strict=True)]
    gain = [p - b for p, b in zip(paid, before, strict=True)]
    trained = [[t for t in life.trainings if t.policy == name] for life in lives]
    after = [
        _mean_net(life, name, since=shock_day())
        - _mean_net(life, NEVER, since=shock_day())
        for life in lives
    ]
    return Row(
        policy=name,
        n_trainings=mean(map(len, trained)),
        n_before=mean(sum(t.day < shock_day() for t in each) for each in trained),
        net=_averaged(net),
        paid=_averaged(paid),
        gain=_averaged(gain),
        best_share=sum(net) / sum(best),
        after=_averaged(after),
        worth_eur=_worth(name, lives),
    )


def _mean_net(life: Lived, name: str, since: date | None = None) -> float:
    return mean(
        c.net_eur
        for c in life.campaigns
        if c.policy == name and c.day >= (since or first_day())
    )


def _net(life: Lived, name: str, day: date) -> float:
    return next(c.net_eur for c in life.campaigns if c.policy == name and c.day == day)


def _cost(life: Lived, name: str) -> float:
    """What the trainings cost, per 1,000 customers and month."""
    spent = COST_EUR * sum(t.policy == name for t in life.trainings)
    customers = mean(c.n_customers for c in life.campaigns if c.policy == name)
    return spent / (STUDY_DAYS / MONTH_DAYS) / customers * THOUSAND


def _worth(name: str, lives: Sequence[Lived]) -> float | None:
    """What all campaigns earned beyond never, divided by the trainings."""
    n = sum(t.policy == name for life in lives for t in life.trainings)
    earned = {
        each: sum(
            c.net_eur * c.n_customers / THOUSAND
            for life in lives
            for c in life.campaigns
            if c.policy == each
        )
        for each in (name, NEVER)
    }
    return (earned[name] - earned[NEVER]) / n if n else None


def _averaged(values: Sequence[float]) -> Mean:
    error = stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
    return Mean(mean(values), error)
