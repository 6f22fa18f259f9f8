from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import NotEnoughDataError
from churn.model.folds import (
    customer_folds,
    folds_within,
    sampled_by_customer,
    temporal_folds,
)
from tests.snapshot_rows import rows


@given(
    n_dates=st.integers(2, 14),
    every_days=st.integers(1, 40),
    maturity_days=st.integers(0, 120),
    folds=st.integers(2, 4),
)
def test_no_fold_learns_from_a_label_that_had_not_matured(
    n_dates: int, every_days: int, maturity_days: int, folds: int
) -> None:
    dates = [date(2024, 1, 1) + timedelta(days=every_days * k) for k in range(n_dates)]
    frame = pl.DataFrame({"snapshot_date": dates * 2})

    for fold in temporal_folds(frame, maturity_days=maturity_days, folds=folds):
        last = frame[fold.train]["snapshot_date"].max()
        first = frame[fold.validate]["snapshot_date"].min()
        assert last < first
        assert last + timedelta(days=maturity_days) <= first


def test_windows_expand_and_end_with_the_last_snapshot() -> None:
    # Judging dates need one 60 days older: numbers 2 to 9, in blocks of two.
    frame = rows(1, seed=0, n_dates=10)

    made = temporal_folds(frame, maturity_days=60, folds=3)

    assert [f.validate.tolist() for f in made] == [[4, 5], [6, 7], [8, 9]]
    assert [len(f.train) for f in made] == [3, 5, 7]


def test_too_few_dates_to_mature_leave_folds_by_customer() -> None:
    scheme, made = folds_within(
        rows(60, seed=0, n_dates=2), maturity_days=60, folds=3, seed=0
    )

    assert scheme == "customers"
    assert len(made) == 3


def test_a_customer_is_on_one_side_and_each_row_judged_once() -> None:
    frame = rows(50, seed=1, n_dates=3)

    made = customer_folds(frame, folds=4, seed=0)

    for fold in made:
        learning = set(frame[fold.train]["customer_id"])
        assert learning.isdisjoint(frame[fold.validate]["customer_id"])
    judged = np.concatenate([fold.validate for fold in made])
    assert sorted(judged) == list(range(frame.height))


def test_churners_are_spread_evenly_over_the_folds() -> None:
    frame = rows(500, seed=2)

    made = customer_folds(frame, folds=5, seed=0)

    churners = [int(frame[fold.validate]["is_churn"].sum()) for fold in made]
    assert max(churners) - min(churners) <= 1


def test_folds_and_samples_do_not_depend_on_the_order_of_rows() -> None:
    frame = rows(40, seed=3)
    turned = frame.reverse()

    kept = sampled_by_customer(frame, max_rows=20, seed=5)["customer_id"]
    again = sampled_by_customer(turned, max_rows=20, seed=5)["customer_id"]

    assert set(kept) == set(again)
    first = customer_folds(frame, folds=2, seed=5)[0].validate
    other = customer_folds(turned, folds=2, seed=5)[0].validate
    assert set(frame[first]["customer_id"]) == set(turned[other]["customer_id"])


def test_a_sample_holds_whole_customers_only() -> None:
    frame = rows(30, seed=4, n_dates=3)

    sample = sampled_by_customer(frame, max_rows=50, seed=0)

    assert sample.height == 48
    assert (sample["customer_id"].value_counts()["count"] == 3).all()


def test_a_fold_without_churners_is_refused() -> None:
    loyal = rows(30, seed=0).with_columns(is_churn=pl.lit(value=False))

    with pytest.raises(NotEnoughDataError, match="found 0 churners"):
        folds_within(loyal, maturity_days=0, folds=2, seed=0)
