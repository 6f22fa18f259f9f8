"""What became of scored customers: when it is known, and by whom."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from churn.dataset import Label
from churn.monitoring.outcomes import (
    TOLD,
    slice_groups,
    told_by_events,
    told_by_table,
    with_outcomes,
)
from churn.snapshots import SnapshotPlan, label_snapshots, midnight
from tests.businesses import BUSINESS, moment, purchases

T = date(2024, 2, 1)
PLAN = SnapshotPlan(T, 30, lead_time_days=10, horizon_days=20)
EXIT = Label(table="purchases", where="shop = 'exit'", outcome="occurs")
LEAVING = replace(BUSINESS, label=EXIT)
FRAMES = {
    "purchases": purchases(
        (1, "stays", "2024-01-20", "2024-01-20", 100, "web"),
        (2, "leaves", "2024-02-15", "2024-02-17", 0, "exit"),
        (3, "at_once", "2024-02-05", "2024-02-05", 0, "exit"),
        (4, "later", "2024-03-15", "2024-03-15", 0, "exit"),
    )
}
IDS = ["stays", "leaves", "at_once", "later"]
NAMES = pl.DataFrame({"customer_id": IDS, "customer": [f"#{one}" for one in IDS]})
SCORED = pl.DataFrame(
    {"customer": [*NAMES["customer"], "#nobody"], "snapshot_date": [T] * 5}
)


def told(as_of, dataset=LEAVING, scored=SCORED):
    found = told_by_events(dataset, FRAMES, NAMES, scored, PLAN, as_of=moment(as_of))
    assert found.schema == TOLD
    return {row[0]: row[2:] for row in found.rows()}


def test_who_left_is_known_at_once_and_who_stayed_only_at_the_end():
    early, late = told("2024-02-17"), told("2024-03-02")

    assert early["#leaves"] == (True, 14, False)
    assert early["#stays"] == (None, None, False)
    assert early["#later"] == (None, None, False)
    assert late["#stays"] == late["#later"] == (False, None, False)
    assert late["#leaves"] == early["#leaves"]


def test_an_event_counts_from_when_it_was_known():
    assert told("2024-02-16")["#leaves"] == (None, None, False)


def test_who_left_within_the_lead_time_has_no_label():
    assert told("2024-02-17")["#at_once"][2] is True
    rows = pl.DataFrame({"customer": ["#at_once"], "snapshot_date": [T]})

    assert outcomes(rows, "2024-02-17").is_empty()


def test_of_who_is_in_no_raw_table_nothing_is_told():
    assert "#nobody" not in told("2024-03-02")


def test_where_churn_is_that_nothing_happens_a_purchase_says_no_at_once():
    buys = replace(EXIT, outcome="absent", where="cents = 0")
    dataset = replace(BUSINESS, label=buys)

    early, late = told("2024-02-17", dataset), told("2024-03-02", dataset)

    assert (early["#leaves"][0], early["#stays"][0]) == (False, None)
    assert (late["#leaves"][0], late["#stays"][0]) == (False, True)


@pytest.mark.parametrize("outcome", ["occurs", "absent"])
def test_once_matured_the_labels_are_those_of_training(outcome):
    dataset = replace(BUSINESS, label=replace(EXIT, outcome=outcome))
    days = [T + timedelta(days=back) for back in range(-10, 31, 5)]
    spine = pl.DataFrame({"customer_id": IDS}).join(
        pl.DataFrame({"snapshot_date": days}), how="cross"
    )
    as_of = midnight(days[-1]) + timedelta(days=PLAN.maturity_days)

    trained = label_snapshots(dataset, FRAMES, spine, PLAN, as_of=as_of)
    found = told_by_events(
        dataset,
        FRAMES,
        NAMES,
        spine.select(
            customer="#" + pl.col("customer_id"), snapshot_date="snapshot_date"
        ),
        PLAN,
        as_of=as_of,
    )

    known = spine.select(
        customer="#" + pl.col("customer_id"), snapshot_date="snapshot_date"
    ).hstack([trained])
    both = known.join(found, on=["customer", "snapshot_date"])
    ours = pl.when("is_gone").then(None).otherwise("is_churn_right")
    assert len(both) == len(spine)
    assert both.select(ours.alias("is_churn")).to_series().equals(both["is_churn"])


def outcomes(rows, as_of="2024-03-02", *more, **columns):
    usual = {
        "version": "3",
        "probability": 0.5,
        "is_contacted": False,
        "customer_value_eur": 100.0,
        "fed_back": None,
    }
    scored = rows.with_columns(
        pl.lit(value, pl.Boolean if value is None else None).alias(name)
        for name, value in (usual | columns).items()
    )
    by_events = told_by_events(
        LEAVING, FRAMES, NAMES, scored, PLAN, as_of=moment(as_of)
    )
    return with_outcomes(scored, [by_events, *more], as_of=moment(as_of))


def test_raw_tables_are_believed_before_files_and_files_before_feedback():
    file = pl.DataFrame(
        {
            "customer": ["#leaves", "#nobody"],
            "snapshot_date": [T, T],
            "is_churn": [False, False],
            "churn_day": [None, None],
            "is_gone": [False, False],
        },
        schema=TOLD,
    )

    found = outcomes(SCORED, "2024-02-17", file, fed_back=True)

    assert dict(found.select("customer", "is_churn").rows()) == {
        "#leaves": True,
        "#nobody": False,
        "#stays": True,
        "#later": True,
    }


def test_elapsed_days_run_from_the_snapshot_to_the_day_of_the_look():
    assert set(outcomes(SCORED, "2024-02-17T23:59")["elapsed_days"]) == {16}


def test_a_table_says_of_its_own_day_who_left():
    dataset = replace(
        BUSINESS, kind="table", label=None, churn_column="left", features=()
    )
    frames = {"customers": pl.DataFrame({"customer_id": ["stays"], "left": [True]})}

    found = told_by_table(dataset, frames, NAMES, as_of=moment("2024-02-17"))

    assert found.rows() == [("#stays", date(2024, 2, 17), True, None, False)]


def test_a_slice_is_told_where_its_columns_are():
    dataset = replace(
        BUSINESS,
        slices={
            "shop": "last_shop",
            "rich": "CASE WHEN cents > 9 THEN 'y' ELSE 'n' END",
        },
    )
    rows = pl.DataFrame({"last_shop": ["web", None], "other": [1, 2]})

    groups, lacking = slice_groups(dataset, rows)

    assert groups.to_dict(as_series=False) == {"slice__shop": ["web", None]}
    assert lacking == ("rich",)
