"""One chunk of customers with everything they would do if nobody ever left."""

from dataclasses import dataclass

import numpy as np

from datasets.subscriptions.behaviour import (
    draw_activity,
    draw_logins,
    draw_tickets,
    draw_usage,
)
from datasets.subscriptions.billing import draw_invoices, draw_payments
from datasets.subscriptions.contracts import Contracts, draw_contracts
from datasets.subscriptions.events import Events
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.population import Population, draw_population


@dataclass(frozen=True)
class Business:
    """Customers, what they booked, and their events."""

    population: Population
    contracts: Contracts
    invoices: Events
    payments: Events
    usage: Events
    logins: Events
    tickets: Events


def draw_business(rng: np.random.Generator, n: int, plan: Simulation) -> Business:
    """Draw a chunk of ``n`` customers; the order of the draws is part of the seed."""
    population = draw_population(rng, n, plan)
    contracts = draw_contracts(rng, population, plan)
    invoices = draw_invoices(rng, population, contracts)
    activity = draw_activity(rng, population, plan)
    return Business(
        population=population,
        contracts=contracts,
        invoices=invoices,
        payments=draw_payments(rng, population, invoices, plan),
        usage=draw_usage(rng, population, activity),
        logins=draw_logins(rng, population, activity, plan),
        tickets=draw_tickets(rng, population, plan),
    )
