"""A subscription business in raw tables, and the truth about each snapshot.

Customers are drawn in chunks of a fixed size, each with its own seed, so that a
million of them pass through memory a chunk at a time and give the same rows as
all at once.
"""

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from datasets.subscriptions.business import draw_business
from datasets.subscriptions.delivery import deliver, describe, true_probabilities
from datasets.subscriptions.hazard import draw_departures
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.shock import with_shock
from datasets.subscriptions.state import observe

__all__ = ["CHUNK_CUSTOMERS", "Simulation", "n_chunks", "simulate", "simulate_chunks"]

CHUNK_CUSTOMERS = 5_000

Chunk = tuple[dict[str, pl.DataFrame], pl.DataFrame]


def simulate(plan: Simulation) -> Chunk:
    """The raw tables by name, and the oracle.

    The oracle holds, for every customer active at ``start`` + 30 k days, the true
    probability of leaving in the second of the two months that follow, for one
    who does not leave in the first. ``churn_probability_visible`` is the best that
    can be said without the customers' hidden traits.
    """
    chunks = list(simulate_chunks(plan))
    tables = {
        name: pl.concat([chunk_tables[name] for chunk_tables, _ in chunks])
        for name in chunks[0][0]
    }
    return tables, pl.concat([oracle for _, oracle in chunks])


def n_chunks(plan: Simulation) -> int:
    """How many chunks of customers the plan falls into."""
    return math.ceil(plan.n_customers / CHUNK_CUSTOMERS)


def simulate_chunks(plan: Simulation) -> Iterator[Chunk]:
    """The rows of ``simulate``, chunk by chunk of customers."""
    seeds = np.random.SeedSequence(plan.seed).spawn(n_chunks(plan))
    for number, seed in enumerate(seeds):
        first = number * CHUNK_CUSTOMERS
        n = min(CHUNK_CUSTOMERS, plan.n_customers - first)
        yield _simulate_chunk(np.random.default_rng(seed), first, n, plan)


def _simulate_chunk(
    rng: np.random.Generator, first: int, n: int, plan: Simulation
) -> Chunk:
    business = draw_business(rng, n, plan)
    seen = with_shock(rng, business, plan)
    departures = draw_departures(rng, seen.population, observe(seen), plan)
    source = describe(departures, plan, first)
    return deliver(rng, business, seen, source), true_probabilities(departures, source)
