import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from datasets.subscriptions import simulate as module
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate, simulate_chunks
from datasets.subscriptions.tables import TABLES

SMALL = Simulation(
    seed=1, n_customers=300, n_days=120, start=date(2024, 1, 1), shock_date=None
)
EVENT_TABLES = [name for name, table in TABLES.items() if table.event_id]
CORRECTED = {
    "invoices": "amount_cents",
    "payments": "late_seconds",
    "usage": "active_seconds",
}


def digest(plan):
    tables, oracle = simulate(plan)
    frames = [*tables.values(), oracle]
    contents = [frame.write_ipc(None).getvalue() for frame in frames]
    return hashlib.sha256(b"".join(contents)).hexdigest()


def cancellations(tables):
    return tables["subscriptions"].filter(pl.col("change") == "cancel")


def test_the_same_seed_gives_the_same_bytes():
    assert digest(SMALL) == digest(SMALL)


def test_another_seed_gives_another_business():
    assert digest(SMALL) != digest(replace(SMALL, seed=2))


def test_chunks_hold_the_same_rows_as_the_whole(monkeypatch):
    monkeypatch.setattr(module, "CHUNK_CUSTOMERS", 128)
    whole, oracle = simulate(SMALL)
    chunks = list(simulate_chunks(SMALL))

    assert [len(tables["customers"]) for tables, _ in chunks] == [128, 128, 44]
    assert_frame_equal(pl.concat([truth for _, truth in chunks]), oracle)
    for name in TABLES:
        assert_frame_equal(pl.concat([t[name] for t, _ in chunks]), whole[name])


def test_the_first_customers_are_the_same_however_many_follow():
    first = next(simulate_chunks(replace(SMALL, n_customers=1_000_000)))
    alone = simulate(replace(SMALL, n_customers=module.CHUNK_CUSTOMERS))

    assert_frame_equal(first[0]["usage"], alone[0]["usage"])
    assert_frame_equal(first[1], alone[1])


def test_no_two_chunks_hold_the_same_customers(tables):
    signup = tables["customers"]["event_time"]
    size = module.CHUNK_CUSTOMERS

    assert (signup[:size] == signup[size:]).sum() < 10


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_an_event_id_names_one_event_of_one_customer(name, tables):
    event = (
        tables[name]
        .group_by("event_id")
        .agg(pl.struct("customer_id", "event_time").n_unique().alias("events"))
    )

    assert (event["events"] == 1).all()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_keeps_its_contract(name, tables):
    TABLES[name].schema.validate(tables[name])


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_every_event_belongs_to_a_customer_who_had_signed_up(name, tables):
    signup = tables["customers"].select("customer_id", signup="event_time")
    joined = tables[name].join(signup, on="customer_id", how="left")

    assert joined.select((pl.col("event_time") >= pl.col("signup")).all()).item()


@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_known_before_it_happens_or_after_the_end(name, tables):
    end = datetime(2025, 6, 24, tzinfo=UTC)

    assert (tables[name]["known_at"] >= tables[name]["event_time"]).all()
    assert tables[name]["known_at"].max() <= end


def test_the_last_night_is_delivered_so_that_the_last_month_can_mature(tables):
    end = datetime(2025, 6, 24, tzinfo=UTC)

    assert tables["usage"]["known_at"].max() == end


@pytest.mark.parametrize(
    "name", ["invoices", "payments", "usage", "logins", "support_tickets"]
)
def test_some_events_arrive_days_late(name, tables):
    first = tables[name].sort("known_at").unique("event_id", keep="first")
    late = (first["known_at"] - first["event_time"]).dt.total_days() >= 1

    assert 0.01 < late.mean() < 0.05


@pytest.mark.parametrize(("name", "column"), CORRECTED.items())
def test_some_events_are_corrected_later_to_another_value(name, column, tables):
    versions = (
        tables[name]
        .sort("known_at")
        .group_by("event_id")
        .agg(pl.len(), pl.col("known_at"), pl.col(column), pl.col("event_time"))
    )
    twice = versions.filter(pl.col("len") > 1)

    assert 0.001 < len(twice) / len(versions) < 0.02
    for old, new in twice["known_at"].to_list():
        assert old < new
    assert all(old != new for old, new in twice[column].to_list())
    assert (twice["event_time"].list.n_unique() == 1).all()


def test_a_resolution_arrives_as_a_later_version_of_the_ticket(tables):
    tickets = tables["support_tickets"].sort("known_at")
    statuses = tickets.group_by("event_id").agg("status")["status"].to_list()

    assert {tuple(s) for s in statuses} == {("open",), ("open", "resolved")}


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_customers_who_left_leave_no_further_events(name, tables):
    left = cancellations(tables).select("customer_id", left="event_time")
    joined = tables[name].join(left, on="customer_id")

    assert joined.select((pl.col("event_time") <= pl.col("left")).all()).item()


def test_a_cancellation_repeats_the_last_contract(tables):
    columns = ["plan", "billing_period", "monthly_price_cents"]
    rows = tables["subscriptions"].sort("customer_id", "event_time", "event_id")
    before = rows.select(pl.col(columns).shift().over("customer_id"))
    is_cancel = rows["change"] == "cancel"

    assert_frame_equal(rows.select(columns).filter(is_cancel), before.filter(is_cancel))


def test_each_customer_starts_once_and_leaves_at_most_once(tables):
    counts = (
        tables["subscriptions"]
        .group_by("customer_id")
        .agg(
            starts=(pl.col("change") == "start").sum(),
            cancels=(pl.col("change") == "cancel").sum(),
        )
    )

    assert (counts["starts"] == 1).all()
    assert counts["cancels"].max() == 1


def test_prices_add_up_from_the_start_over_all_changes(tables):
    rows = tables["subscriptions"].sort("customer_id", "event_time", "event_id")
    price = pl.col("monthly_price_cents")
    moved = rows.select(
        moved=price - price.shift().over("customer_id"), said="price_change_cents"
    ).drop_nulls()

    assert (moved["moved"] == moved["said"]).all()


def test_the_oracle_names_exactly_the_customers_active_at_each_date(tables, oracle):
    left = cancellations(tables).select("customer_id", left="event_time")
    customers = tables["customers"].join(left, on="customer_id", how="left")
    for day in (date(2024, 1, 1), date(2024, 6, 29), date(2025, 6, 24)):
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        left_later = pl.col("left").is_null() | (pl.col("left") > midnight)
        expected = customers.filter((pl.col("event_time") <= midnight) & left_later)
        named = oracle.filter(pl.col("snapshot_date") == day)["customer_id"]

        assert set(named) == set(expected["customer_id"])


def test_the_oracle_is_right_on_average_in_every_tenth(snapshots):
    p = pl.col("churn_probability")
    tenth = (p.rank("ordinal") - 1) * 10 // pl.len()
    sums = snapshots.group_by(tenth.alias("tenth")).agg(
        expected=p.sum(),
        spread=(p * (1 - p)).sum().sqrt(),
        left=pl.col("is_churn").sum(),
    )
    z = (sums["left"] - sums["expected"]) / sums["spread"]

    assert snapshots["churn_probability"].null_count() == 0
    assert len(z) == 10
    assert z.abs().max() < 3.5


@pytest.fixture(scope="module")
def shocked(default_plan):
    return simulate(replace(default_plan, shock_date=date(2024, 10, 1)))[0]


def test_before_its_date_the_shock_changes_nothing(tables, shocked):
    before = pl.col("event_time") < datetime(2024, 10, 1, tzinfo=UTC)

    assert_frame_equal(
        cancellations(shocked).filter(before).drop("event_id"),
        cancellations(tables).filter(before).drop("event_id"),
    )


def test_after_its_date_more_customers_leave_above_all_from_premium(tables, shocked):
    begins = datetime(2024, 10, 27, tzinfo=UTC)
    month = pl.col("event_time").is_between(begins, datetime(2024, 11, 26, tzinfo=UTC))
    calm = cancellations(tables).filter(month)["plan"].value_counts()
    wild = cancellations(shocked).filter(month)["plan"].value_counts()
    ratio = wild.join(calm, on="plan").select(
        "plan", ratio=pl.col("count") / pl.col("count_right")
    )
    by_plan = dict(ratio.iter_rows())

    assert by_plan["basic"] > 1.05
    assert by_plan["premium"] > 1.6


def test_before_its_date_the_shock_changes_no_event_at_all(tables, shocked):
    begins = datetime(2024, 10, 27, tzinfo=UTC)
    for name in ("usage", "logins", "payments", "support_tickets"):
        before = pl.col("known_at") <= begins

        assert_frame_equal(shocked[name].filter(before), tables[name].filter(before))


def test_after_its_date_lured_customers_are_seen_less_above_all_those_of_premium(
    tables, shocked
):
    month = pl.col("event_time").is_between(
        datetime(2024, 11, 26, tzinfo=UTC), datetime(2024, 12, 26, tzinfo=UTC)
    )
    first = pl.col("change") == "start"
    plans = tables["subscriptions"].filter(first).select("customer_id", "plan")
    calm, wild = (
        dict(
            world["usage"]
            .filter(month)
            .join(plans, on="customer_id")
            .group_by("plan")
            .len()
            .iter_rows()
        )
        for world in (tables, shocked)
    )
    # Four fifths less of a fifth, a third and half of them; some have left besides.
    assert 0.78 < wild["basic"] / calm["basic"] < 0.86
    assert 0.65 < wild["standard"] / calm["standard"] < 0.73
    assert 0.5 < wild["premium"] / calm["premium"] < 0.62


def test_the_same_customers_leave_more_often_in_winter():
    january, july = (
        simulate(replace(SMALL, n_customers=2_000, n_days=30, start=start))[1]
        for start in (date(2023, 12, 1), date(2024, 6, 1))
    )
    first = [
        o.filter(pl.col("snapshot_date") == o["snapshot_date"].min()).sort(
            "customer_id"
        )
        for o in (january, july)
    ]
    pair = first[0].join(first[1], on="customer_id")
    odds = [
        pair[c] / (1 - pair[c])
        for c in ("churn_probability", "churn_probability_right")
    ]

    assert np.log(odds[0] / odds[1]).min() > 0.15
