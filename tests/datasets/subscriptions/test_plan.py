from datetime import date

import polars as pl
import pytest

from datasets.subscriptions.plan import MOST_CUSTOMERS, Simulation
from datasets.subscriptions.simulate import simulate
from datasets.subscriptions.tables import Customers

START = date(2024, 1, 1)


@pytest.mark.parametrize("n_days", [1, 29, 30, 31])
@pytest.mark.parametrize("n_customers", [1, 2])
def test_the_smallest_businesses_can_be_simulated(
    n_days: int, n_customers: int
) -> None:
    tables, _ = simulate(Simulation(0, n_customers, n_days, START, None))

    assert tables["customers"].height <= n_customers
    assert tables["subscriptions"]["customer_id"].n_unique() <= n_customers


def test_the_last_possible_customer_keeps_the_contract() -> None:
    pattern = Customers.columns()["customer_id"].regex
    last, one_more = f"C{MOST_CUSTOMERS:07}", f"C{MOST_CUSTOMERS + 1:07}"
    numbers = pl.Series([last, one_more])

    assert numbers.str.contains(pattern).to_list() == [True, False]
