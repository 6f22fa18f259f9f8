from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import ConfigError, NotEnoughDataError
from churn.splits import Split, StratifiedSplit, TimeSplit, split

PLAN = TimeSplit(calibration_snapshots=1, test_snapshots=2)


def on_dates(n_dates: int) -> pl.DataFrame:
    dates = [date(2024, 1, 1) + timedelta(days=30 * k) for k in range(n_dates)]
    return pl.DataFrame(
        {
            "customer_id": ["a", "b"] * n_dates,
            "snapshot_date": [day for day in dates for _ in "ab"],
            "is_churn": [True, False] * n_dates,
        }
    )


def customers(n: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer_id": [f"c{k}" for k in range(n)],
            "snapshot_date": [date(2024, 1, 1)] * n,
            "is_churn": [k % 5 == 0 for k in range(n)],
        }
    )


def test_each_window_starts_after_the_labels_of_the_one_before_matured() -> None:
    cut = split(on_dates(10), PLAN, None, maturity_days=60)

    first_test = cut.test["snapshot_date"].min()
    calibration = cut.calibration["snapshot_date"]
    assert first_test == date(2024, 1, 1) + timedelta(days=240)
    assert calibration.max() + timedelta(days=60) == first_test
    assert cut.train["snapshot_date"].max() + timedelta(days=60) == calibration.min()


def test_without_a_gap_no_snapshot_is_lost() -> None:
    cut = split(on_dates(10), PLAN, None, maturity_days=30)

    assert sum(map(len, vars(cut).values())) == 20


def test_too_few_dates_say_what_to_change() -> None:
    with pytest.raises(NotEnoughDataError, match="4 snapshot dates do not allow 1"):
        split(on_dates(4), PLAN, None, maturity_days=60)


def test_a_window_of_one_class_is_refused() -> None:
    loyal = on_dates(10).with_columns(
        pl.when(pl.col("snapshot_date") > date(2024, 8, 1))
        .then(statement=False)
        .otherwise("is_churn")
        .alias("is_churn")
    )

    with pytest.raises(NotEnoughDataError, match="test window holds 0 churners in 4"):
        split(loyal, PLAN, None, maturity_days=60)


@given(n=st.integers(50, 300), seed=st.integers(0, 1000))
def test_a_stratified_split_keeps_everybody_once_and_the_churn_rate(
    n: int, seed: int
) -> None:
    frame = customers(n)

    cut = split(frame, None, StratifiedSplit(0.2, 0.2, seed), maturity_days=0)

    assert sorted(pl.concat(vars(cut).values())["customer_id"]) == sorted(
        frame["customer_id"]
    )
    assert abs(cut.test["is_churn"].sum() - 0.2 * frame["is_churn"].sum()) < 1


def test_the_stratified_split_does_not_depend_on_row_order() -> None:
    plan = StratifiedSplit(0.25, 0.25, seed=1)

    cut = split(customers(100), None, plan, maturity_days=0)
    reversed_cut = split(customers(100).reverse(), None, plan, maturity_days=0)

    assert members(cut) == members(reversed_cut)


def members(cut: Split) -> list[set[str]]:
    return [set(window["customer_id"]) for window in vars(cut).values()]


def test_shares_that_leave_nobody_to_train_on_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"calibration_share \+ test_share: .* 1\.1"):
        StratifiedSplit(0.6, 0.5, seed=1)


def test_two_ways_at_once_or_none_are_refused() -> None:
    for by_time, by_customer in ((PLAN, StratifiedSplit(0.2, 0.2, 1)), (None, None)):
        with pytest.raises(ConfigError, match="either a split by time or a stratified"):
            split(on_dates(10), by_time, by_customer, maturity_days=60)
