"""How a probe writes down what it saw."""

from dataclasses import dataclass

import polars as pl

from churn.evaluation.curves import wilson
from churn.evaluation.scorecard import Estimate
from churn.evaluation.weighting import Integers


@dataclass(frozen=True)
class Seen:
    """A feature as one probe saw it; ``words`` completes a sentence about it."""

    feature: str
    observed: Estimate
    words: str


def customer_codes(rows: pl.DataFrame) -> Integers:
    """Codes 0..n_customers-1 of the rows' customers."""
    codes: Integers = rows["customer_id"].rank("dense").to_numpy().astype("intp") - 1
    return codes


def share_of_customers(holds: pl.Series, customers: pl.Series) -> Estimate:
    """Share of rows for which something holds, as sure as there are customers.

    Rows of one customer count as one observation, which is on the safe side.
    """
    n = customers.n_unique()
    if n == 0:
        return Estimate(None, None, None, 0)
    rate = float(holds.sum()) / len(holds)
    return Estimate(rate, *wilson(rate, n), len(holds))
