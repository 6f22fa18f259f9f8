import polars as pl

from churn.evaluation.curves import wilson
from churn.evaluation.scorecard import Estimate
from churn.leaks.reading import customer_codes, share_of_customers


def test_rows_of_one_customer_share_a_code() -> None:
    rows = pl.DataFrame({"customer_id": ["b", "a", "b"]})

    assert customer_codes(rows).tolist() == [1, 0, 1]


def test_a_share_is_as_sure_as_there_are_customers_not_rows() -> None:
    holds = pl.Series([True, True, False, False])

    found = share_of_customers(holds, pl.Series(["a", "a", "b", "b"]))

    assert found == Estimate(0.5, *wilson(0.5, 2), 4)


def test_a_share_of_nothing_is_undefined() -> None:
    nothing = pl.Series([], dtype=pl.Boolean)

    assert share_of_customers(nothing, nothing) == Estimate(None, None, None, 0)
