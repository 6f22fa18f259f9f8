from datetime import date, timedelta

import polars as pl
import pytest

from churn.leaks.earlier import KEY, draw, move
from churn.leaks.plan import LeakPlan
from churn.snapshots import snapshot_features
from churn.splits import Split
from tests.businesses import BUSINESS, purchases
from tests.snapshot_rows import rows

FRAMES = {
    "purchases": purchases(
        (1, "a", "2024-01-05", "2024-01-05", 100, "web"),
        (2, "a", "2024-02-10", "2024-02-10", 700, "web"),
        (3, "b", "2024-02-10", "2024-02-10", 100, "web"),
        (4, "c", "2024-01-20", "2024-01-20", 100, "web"),
        (5, "c", "2024-02-20", "2024-02-20", 100, "web"),
    )
}
T = date(2024, 2, 25)


def snapshots(*customers: str) -> pl.DataFrame:
    spine = pl.DataFrame({"customer_id": customers, "snapshot_date": [T] * 1})
    labels = pl.Series("is_churn", [c == "c" for c in customers])
    return snapshot_features(BUSINESS, FRAMES, spine).hstack([labels])


SPLIT = Split(
    pl.concat([snapshots("a"), snapshots("b")]), snapshots("a"), snapshots("c")
)


def test_features_are_those_of_the_earlier_moment_and_labels_stay() -> None:
    train, test = move(BUSINESS, FRAMES, SPLIT, 30)

    assert train.later["cents_30d"].to_list() == [700]
    assert train.earlier["cents_30d"].to_list() == [100]
    assert test.earlier["recency_days"].to_list() == [6.0]
    assert test.earlier["is_churn"].to_list() == [True]
    assert test.earlier["snapshot_date"].to_list() == [T]


def test_who_was_not_eligible_then_is_left_out_of_both() -> None:
    train, _ = move(BUSINESS, FRAMES, SPLIT, 30)

    assert train.later["customer_id"].to_list() == ["a"]
    assert train.earlier["customer_id"].to_list() == ["a"]


def test_some_of_the_rows_stay_side_by_side() -> None:
    _, test = move(BUSINESS, FRAMES, SPLIT, 30)

    none = test.among(pl.Series([False]))

    assert (len(none.later), len(none.earlier)) == (0, 0)


def plan(max_rows: int, seed: int = 1) -> LeakPlan:
    return LeakPlan(shift_days=30, max_rows=max_rows, seed=seed, bins=20)


WINDOWS = Split(
    rows(200, seed=1, n_dates=3), rows(200, seed=2), rows(200, seed=3, n_dates=2)
)


def test_whole_customers_are_drawn_and_no_more_rows_than_asked_for() -> None:
    drawn = draw(WINDOWS, plan(500))

    chosen = set(drawn.train["customer_id"])
    assert len(drawn.train) + len(drawn.test) == 500
    assert len(drawn.train) == 3 * len(chosen)
    assert set(drawn.test["customer_id"]) == chosen


def test_everybody_is_drawn_where_there_is_room() -> None:
    assert draw(WINDOWS, plan(5000)).train.equals(WINDOWS.train)


def test_who_is_drawn_depends_on_the_seed_and_not_on_the_order() -> None:
    shuffled = Split(*(f.reverse() for f in vars(WINDOWS).values()))

    first, same, other = (
        set(draw(split, plan(500, seed)).train.select(KEY).iter_rows())
        for split, seed in ((WINDOWS, 1), (shuffled, 1), (WINDOWS, 2))
    )

    assert first == same
    assert first != other


@pytest.mark.parametrize("days", [1, 30])
def test_the_shift_is_in_days(days: int) -> None:
    _, test = move(BUSINESS, FRAMES, SPLIT, days)

    then = pl.DataFrame({"customer_id": ["c"], "snapshot_date": [T]}).with_columns(
        pl.col("snapshot_date") - timedelta(days=days)
    )
    expected = snapshot_features(BUSINESS, FRAMES, then)["recency_days"]
    assert test.earlier["recency_days"].to_list() == expected.to_list()
