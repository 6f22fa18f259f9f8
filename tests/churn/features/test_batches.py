from datetime import timedelta

import polars as pl

from churn.dataset import RawTable
from churn.features.batches import in_batches
from churn.features.engine import DuckDb
from tests.businesses import PURCHASES, purchases
from tests.churn.features.comparison import compare, generated

SPINE = pl.DataFrame({"customer_id": [f"c{n}" for n in range(40)]})
TABLES = {"purchases": PURCHASES}


class Bounded(DuckDb):
    most_rows = 30


def test_histories_have_the_oracles_values_batch_by_batch():
    compared = compare(generated(5, range(400)), engine=Bounded())

    assert compared.n_values > 20_000
    assert compared.differences == ()


def test_every_row_of_the_spine_is_in_one_batch():
    frames = {"purchases": purchases()}

    parts = [rows for rows, _ in in_batches(SPINE, frames, TABLES, most_rows=9)]

    assert len(parts) == 5
    assert pl.concat(parts).sort("customer_id").equals(SPINE.sort("customer_id"))


def test_a_batch_has_its_customers_rows_and_those_of_corrected_events():
    frame = purchases(
        *((n, f"c{n}", "2024-01-10", "2024-01-10", 100, "web") for n in range(40)),
        (7, "c8", "2024-01-10", "2024-01-20", 100, "web"),
    )

    for rows, parts in in_batches(SPINE, {"purchases": frame}, TABLES, most_rows=9):
        customers = set(parts["purchases"]["customer_id"])
        assert customers == {*rows["customer_id"], "c7", "c8"}


def test_a_table_without_event_ids_is_split_by_customer_alone():
    frame = purchases((1, "c1", "2024-01-10", "2024-01-10", 100, "web"))
    table = RawTable(
        schema=PURCHASES.schema, event_time="event_time", delay=timedelta(0)
    )

    found = in_batches(SPINE, {"p": frame}, {"p": table}, most_rows=20)

    assert sorted(len(parts["p"]) for _, parts in found) == [0, 1]


def test_a_small_spine_is_one_batch():
    ((rows, _),) = in_batches(SPINE, {}, {}, most_rows=40)

    assert rows is SPINE
