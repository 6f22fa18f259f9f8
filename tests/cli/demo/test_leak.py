"""The planted leak: rows that look right and know the future."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from cli.demo.leak import write_leaking_tables
from cli.demo.plot import USUAL, business
from datasets.subscriptions.simulate import simulate
from datasets.subscriptions.tables import TABLES

SMALL = replace(USUAL, n_customers=400, n_days=240)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory):
    folder = tmp_path_factory.mktemp("leak") / "tables"
    n_rows = write_leaking_tables(SMALL, folder)
    return n_rows, {
        name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES
    }


def test_every_planted_row_keeps_the_contract_of_its_table(leaking):
    _, tables = leaking

    for name, frame in tables.items():
        TABLES[name].schema.validate(frame)


def test_each_planted_row_is_of_somebody_who_leaves_sixty_days_later(leaking):
    n_rows, tables = leaking
    honest, _ = simulate(business(SMALL))
    planted = tables["support_tickets"].join(
        honest["support_tickets"], on="event_id", how="anti"
    )
    left = tables["subscriptions"].filter(pl.col("change") == "cancel")
    ahead = planted.join(left, on="customer_id")

    assert len(planted) == n_rows > 0
    assert (ahead["event_time_right"] - ahead["event_time"]).to_list() == (
        [timedelta(days=60)] * n_rows
    )
