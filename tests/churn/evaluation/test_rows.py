from datetime import date

import numpy as np
import polars as pl
import pytest

from churn.errors import BundleError, NotEnoughDataError
from churn.evaluation.rows import parse_probability, parse_rows
from churn.scoring.decision import Economics

COSTS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
TEST = pl.DataFrame(
    {
        "customer": [7, 2, 7, 9],
        "snapshot_date": [date(1970, 1, d) for d in (1, 2, 2, 4)],
        "customer_value": [100.0, 200.0, 300.0, 400.0],
        "is_churn": [True, False, True, False],
    }
)


def parsed(test=TEST):
    return parse_rows(test, COSTS, high_value_quantile=0.75)


def test_rows_of_one_customer_share_a_code():
    assert parsed().customer.tolist() == [1, 0, 1, 2]


def test_a_contact_brings_what_is_kept_of_churners_and_costs_the_rest():
    # 0.3 * (value - 10) - 1 for a churner, -11 for whoever would have stayed.
    assert parsed().net_value_eur == pytest.approx([26, -11, 86, -11])


def test_high_value_starts_at_the_quantile():
    rows = parsed()

    assert rows.high_value_eur == 325
    assert rows.is_high_value.tolist() == [False, False, False, True]


def test_a_customer_exactly_at_the_quantile_is_of_high_value():
    rows = parsed(TEST.with_columns(customer_value=pl.lit(50.0)))

    assert rows.is_high_value.all()


def test_some_of_the_rows_keep_what_all_of_them_say():
    some = parsed().only(np.array([False, True, False, True]))

    assert some.customer.tolist() == [0, 2]
    assert some.date.tolist() == [1, 3]
    assert some.is_high_value.tolist() == [False, True]
    assert (some.n_rows, some.high_value_eur) == (2, 325)


def test_no_rows_are_an_error():
    with pytest.raises(NotEnoughDataError, match="found none"):
        parsed(TEST.clear())


@pytest.mark.parametrize("strange", [np.nan, -0.01, 1.01])
def test_a_strange_probability_is_an_error_that_shows_it(strange):
    with pytest.raises(BundleError, match=f"of the champion in .*{strange}"):
        parse_probability("the champion", np.array([0, 1, 0.5, strange]), parsed())


def test_too_few_probabilities_are_an_error():
    with pytest.raises(BundleError, match=r"expected 4 .*shape \(3,\)"):
        parse_probability("the model", np.zeros(3), parsed())


def test_float32_probabilities_are_taken():
    found = parse_probability("the model", np.full(4, 0.5, np.float32), parsed())

    assert found.dtype == np.float64
