from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from churn.evaluation.evidence import (
    BEHAVIOUR,
    customer_codes,
    no_behaviour,
    reading_order,
)
from tests.evidences import evidence

IDS = st.lists(st.text(max_size=4), min_size=1, max_size=30)


def codes(ids):
    return customer_codes(pl.Series("customer_id", ids, pl.String)).to_list()


@given(IDS)
def test_equal_ids_have_equal_codes_and_others_have_others(ids):
    found = codes(ids)

    assert len(set(zip(ids, found, strict=True))) == len(set(ids)) == len(set(found))
    assert sorted(set(found)) == list(range(len(set(ids))))


@given(IDS, st.randoms(use_true_random=False))
def test_codes_do_not_depend_on_the_order_of_rows(ids, random):
    shuffled = random.sample(ids, len(ids))

    assert dict(zip(ids, codes(ids), strict=True)) == dict(
        zip(shuffled, codes(shuffled), strict=True)
    )


def test_codes_follow_a_hash_and_not_the_ids():
    ids = [f"c{i:03}" for i in range(100)]

    # By blake2b, whose order has nothing to do with that of the ids.
    assert codes(["a", "b", "c", "d"]) == [1, 2, 3, 0]
    assert codes(ids) != sorted(codes(ids))


def test_numbers_for_ids_are_coded_too():
    assert len(set(customer_codes(pl.Series([17, 4, 17])).to_list())) == 2


def test_rows_are_read_by_date_and_within_a_date_by_code():
    rows = pl.DataFrame(
        {
            "snapshot_date": [date(2025, 2, 1), date(2025, 1, 1), date(2025, 1, 1)],
            "customer": [0, 5, 2],
        }
    )

    assert reading_order(rows)["customer"].to_list() == [2, 5, 0]


def test_later_rows_only_follow_earlier_ones():
    rows = evidence(500).rows.sample(fraction=1, shuffle=True, seed=1)
    early = rows.filter(pl.col("snapshot_date") < date(2025, 1, 3))

    assert reading_order(rows).head(early.height).equals(reading_order(early))


def test_rivals_are_named_by_their_columns():
    assert evidence(50).rivals == ("majority", "logistic")
    assert "champion" in evidence(50, champion_auc=0.8).rivals


def test_nothing_known_of_behaviour_has_the_columns_of_behaviour():
    assert no_behaviour().schema == BEHAVIOUR
    assert no_behaviour().is_empty()
