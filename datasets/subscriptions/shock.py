"""A competitor appears: whom it lures is seen less from then on."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from datasets.subscriptions.business import Business
from datasets.subscriptions.events import Events, Flags, month_of
from datasets.subscriptions.plan import HISTORY_MONTHS, MONTH_DAYS, Simulation

LURED_BY_PLAN = (0.2, 0.35, 0.5)
KEPT_SHARE = 0.2
"""Of what lured customers would have done with the product, they still do so much."""


def is_shocked(plan: Simulation, first_days: list[date]) -> Flags:
    """Which months, by their first days, begin when the competitor is there."""
    shock_date = plan.shock_date or date.max
    return np.array([day >= shock_date for day in first_days])


def with_shock(
    rng: np.random.Generator, business: Business, plan: Simulation
) -> Business:
    """Let lured customers use the product less; without a shock, nothing is drawn.

    Draws from a generator of its own: whatever happens besides stays as it was, also
    what is drawn later.
    """
    if plan.shock_date is None:
        return business
    own = rng.spawn(1)[0]
    luck = own.random(len(business.population))
    is_lured = luck < np.array(LURED_BY_PLAN)[business.population.plan]
    return replace(
        business,
        usage=_fewer(own, business.usage, is_lured, plan),
        logins=_fewer(own, business.logins, is_lured, plan),
    )


def _fewer(
    rng: np.random.Generator, events: Events, is_lured: Flags, plan: Simulation
) -> Events:
    """A random part of the events; of a Poisson process it is one of a lower rate."""
    months = range(-HISTORY_MONTHS, plan.n_months)
    days = [plan.start + timedelta(days=MONTH_DAYS * month) for month in months]
    inside = np.clip(month_of(events.seconds), 0, len(days) - 1)
    is_after = is_shocked(plan, days)[inside]
    is_lost = rng.random(len(events)) >= KEPT_SHARE
    return events.keep(~(is_after & is_lured[events.customer] & is_lost))


def only(events: Events, seen: Events) -> Events:
    """Of the versions of many events those of events that really happened."""
    return events.keep(np.isin(events.number, seen.number))
