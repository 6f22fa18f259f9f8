from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from churn.contracts import validate
from churn.eligibility import eligible_spine
from churn.features.build import build_features
from churn.features.changes import changed, concerned
from churn.snapshots import SnapshotPlan, build_snapshots
from datasets.online_retail import DATASET, LINES
from tests.datasets.rows import INVOICE_LINE, text
from tests.real_data import path

T = date(2011, 6, 1)
BOUGHT = {"InvoiceNo": "500001", "InvoiceDate": "2011-05-22 01:00:00"}
CANCELLED = {
    "InvoiceNo": "C500002",
    "InvoiceDate": "2011-05-30 00:00:00",
    "Quantity": "-6",
}


def checked(*changes):
    raw = {LINES: text(*[INVOICE_LINE | change for change in changes])}
    return validate(DATASET.tables, raw)


def features(*changes, day=T):
    spine = pl.DataFrame({"customer_id": ["17850"], "snapshot_date": [day]})
    good = checked(*changes).good
    built = build_features(DATASET.features, DATASET.tables, good, spine)
    return built.row(0, named=True)


@pytest.fixture(scope="module")
def real():
    raw = {LINES: pl.read_parquet(path("online_retail/online_retail.parquet"))}
    return raw[LINES], validate(DATASET.tables, raw)


def test_money_is_whole_pence():
    (pence,) = checked({"UnitPrice": "2.55", "Quantity": "3"}).good[LINES][
        "amount_pence"
    ]

    assert pence == 765


def test_a_cancellation_is_not_a_purchase():
    found = features(BOUGHT, CANCELLED)

    assert found["purchase_recency_days"] == 10
    assert found["n_invoices_90d"] == 1
    assert found["spent_pence_90d"] == 6 * 255
    assert found["n_cancellations"] == 1
    assert found["returned_pence_180d"] == -6 * 255


@pytest.mark.parametrize(
    "line",
    [
        {"UnitPrice": "0"},
        {"InvoiceNo": "A563185"},
        {"Quantity": "-6", "CustomerID": None},
    ],
    ids=["gift", "bad debt", "stock correction"],
)
def test_other_lines_are_not_purchases_either(line):
    assert checked(line).good[LINES]["is_purchase"].to_list() == [False]


def test_a_line_without_a_customer_is_good_and_belongs_to_nobody():
    validated = checked({"CustomerID": None})

    assert validated.good[LINES]["customer_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("text", "hour"), [("2010-12-01 08:26:00", 8), ("2011-07-01 08:26:00", 7)]
)
def test_a_moment_in_the_file_is_british_time(text, hour):
    (moment,) = checked({"InvoiceDate": text}).good[LINES]["InvoiceDate"]

    assert (moment.hour, moment.minute, moment.utcoffset()) == (hour, 26, timedelta())


def test_recency_cannot_be_measured_after_the_snapshot():
    later = BOUGHT | {"InvoiceDate": "2011-06-01 01:00:01"}

    assert features(BOUGHT, later) == features(BOUGHT)


def test_customers_without_a_purchase_in_90_days_are_not_observed():
    good = checked(BOUGHT, CANCELLED | {"InvoiceDate": "2011-08-30 00:00:00"}).good
    dates = [T, date(2011, 9, 1)]

    spine = eligible_spine(DATASET, good, dates)

    assert spine["snapshot_date"].to_list() == [T]


def test_a_cancellation_in_the_label_window_does_not_save_a_customer():
    back = {"InvoiceDate": "2011-06-10 00:00:00"}
    plan = SnapshotPlan(T, every_days=30, lead_time_days=0, horizon_days=60)
    as_of = datetime(2011, 8, 1, tzinfo=UTC)

    labels = [
        build_snapshots(DATASET, checked(BOUGHT, event).good, plan, as_of=as_of)
        for event in (CANCELLED | back, BOUGHT | back)
    ]

    assert [frame["is_churn"].to_list() for frame in labels] == [[True], [False]]


def test_all_real_lines_are_kept(real):
    raw, validated = real

    assert validated.quarantined.is_empty()
    assert validated.good[LINES].height == raw.height == 541_909


def test_the_real_lines_hold_what_is_known_of_them(real):
    good = real[1].good[LINES]

    assert good["is_cancellation"].sum() == 9288
    assert good["customer_id"].drop_nulls().n_unique() == 4372
    assert good["customer_id"].null_count() == 135_080


def test_real_features_are_those_of_the_past_alone(real):
    good = real[1].good[LINES]
    past = good.filter(pl.col("InvoiceDate") <= datetime(2011, 6, 1, tzinfo=UTC))
    spine = eligible_spine(DATASET, {LINES: past}, [T])

    assert_frame_equal(
        build_features(DATASET.features, DATASET.tables, {LINES: good}, spine),
        build_features(DATASET.features, DATASET.tables, {LINES: past}, spine),
    )


def test_one_real_customer_by_hand(real):
    mine = (
        real[1]
        .good[LINES]
        .filter(
            pl.col("customer_id") == "17850",
            pl.col("is_purchase"),
            pl.col("InvoiceDate") <= datetime(2011, 2, 1, tzinfo=UTC),
        )
    )
    spine = pl.DataFrame(
        {"customer_id": ["17850"], "snapshot_date": [date(2011, 2, 1)]}
    )
    built = build_features(DATASET.features, DATASET.tables, real[1].good, spine)

    assert built["n_invoices"].item() == mine["InvoiceNo"].n_unique()
    assert built["spent_pence"].item() == mine["amount_pence"].sum()
    assert built["n_articles"].item() == mine["StockCode"].n_unique()


def test_another_purchase_is_expected_to_change_what_it_would_change():
    (expectation,) = DATASET.expectations
    before = pl.DataFrame([features(BOUGHT)])
    really = features(BOUGHT, BOUGHT | {"InvoiceNo": "500003"})

    after = changed(DATASET, concerned(before, expectation), expectation)

    assert_frame_equal(after, pl.DataFrame([really]), check_dtypes=False)
