import numpy as np
import polars as pl

from churn.leaks.rates import fit_rates

CHURN = pl.Series([True, True, False, False])


def test_a_rate_is_that_of_the_bin_and_one_row_like_all() -> None:
    score = fit_rates(pl.Series([1, 2, 3, 4]), CHURN, bins=2)

    # Two rows that churn and half a churner: 2.5 of 3; the others 0.5 of 3.
    assert score(pl.Series([0, 2, 3, 99])).tolist() == [2.5 / 3] * 2 + [0.5 / 3] * 2


def test_equal_values_are_never_told_apart() -> None:
    score = fit_rates(pl.Series([0, 0, 0, 7]), CHURN, bins=20)

    assert np.ptp(score(pl.Series([0, 0]))) == 0
    assert score(pl.Series([7])) == [0.5 / 2]


def test_missing_is_a_bin_of_its_own() -> None:
    score = fit_rates(pl.Series([None, None, 1.0, 2.0]), CHURN, bins=1)

    assert score(pl.Series([None, 1.5])).tolist() == [2.5 / 3, 0.5 / 3]


def test_a_column_that_is_always_missing_says_nothing() -> None:
    score = fit_rates(pl.Series([None] * 4, dtype=pl.Float64), CHURN, bins=5)

    assert score(pl.Series([3.0])) == [0.5]


def test_a_text_that_training_did_not_see_gets_the_rate_of_all() -> None:
    score = fit_rates(pl.Series(["a", "a", "b", "b"]), CHURN, bins=5)

    assert score(pl.Series(["c", None])).tolist() == [0.5, 0.5]
