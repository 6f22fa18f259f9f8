"""Customers asked for by name alone: known, unknown, stale; a store out of reach."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from churn.features.build import EXPIRES_AT
from serving.active import Version
from storage.online.store import open_online
from storage.predictions.record import Prediction
from tests.serving.served import CUSTOMER, InProcess, in_process, shop
from tests.serving.small_bundles import small_bundle

TODAY = datetime.now(UTC).date()
DTYPES = {
    "customer_id": pl.String,
    "snapshot_date": pl.Date,
    "tenure_days": pl.Int64,
    "spend_cents": pl.Float64,
    "visits": pl.Int64,
    "plan": pl.String,
    "region": pl.String,
    "unused": pl.Int64,
}
NAMED = {"customer_id": "anna", "customer_value": 840.0}


def publish(url: str, *customers: dict, dataset: str, **dtypes) -> None:
    rows = pl.DataFrame(list(customers), schema=DTYPES | dtypes)
    open_online(url, dataset=dataset, environ={}).publish(rows)


def server(tmp_path, *customers: dict, **options) -> InProcess:
    url = f"sqlite:///{tmp_path}/online.db"
    bundle = shop()
    made = in_process(tmp_path, bundle, online=url, **options)
    if customers:
        publish(
            url, *customers, dataset=made.served.champion.bundle.manifest["dataset"]
        )
    return made


def known(name: str = "anna", day: date = TODAY, **values) -> dict:
    row = {"customer_id": name, "snapshot_date": day, "unused": 1}
    return row | CUSTOMER | values


def test_a_name_is_enough(tmp_path):
    made = server(tmp_path, known())

    by_name = made.post(NAMED).json["predictions"]
    by_values = made.post(NAMED | {"values": CUSTOMER}).json["predictions"]

    record = made.logged()[0]
    assert by_name == by_values
    assert isinstance(record, Prediction)
    assert record.snapshot_date == TODAY
    assert record.values == CUSTOMER


def test_names_and_values_may_be_mixed(tmp_path):
    made = server(tmp_path, known(), known("berta", plan="basic"))
    customers = [
        {"customer_id": "berta", "customer_value": 1.0},
        NAMED | {"values": CUSTOMER},
        NAMED,
    ]

    berta, anna, again = made.post({"customers": customers}).json["predictions"]

    assert anna == again
    assert berta["probability"] != anna["probability"]


def test_an_unknown_customer_is_refused_by_name(tmp_path):
    made = server(tmp_path, known())

    answer = made.post({"customers": [NAMED, NAMED | {"customer_id": "carl"}]})

    assert answer.status == 404
    assert answer.json["field"] == "customers[1].customer_id"
    assert made.logged() == []


def test_an_unknown_customer_is_scored_as_missing_where_told_so(tmp_path):
    made = server(tmp_path, known(), unknown_customer="score")

    answer = made.post(NAMED | {"customer_id": "carl"}).json["predictions"]

    expected = made.post(NAMED | {"values": {}}).json["predictions"][0]
    assert answer[0]["probability"] == expected["probability"]
    assert answer[0]["warnings"][0] == "unknown_customer: customer_id"


def test_a_stale_row_counts_as_unknown(tmp_path):
    old, young = TODAY - timedelta(days=9), TODAY - timedelta(days=6)
    rows = known(day=old), known("berta", day=young)
    refusing = server(tmp_path / "a", *rows, stale_after_days=7)
    scoring = server(
        tmp_path / "b", *rows, stale_after_days=7, unknown_customer="score"
    )

    stale, fresh = refusing.post(NAMED), refusing.post(NAMED | {"customer_id": "berta"})
    warned = scoring.post(NAMED).json["predictions"][0]["warnings"]

    assert (stale.status, fresh.status) == (404, 200)
    assert "older than 7 days" in stale.json["detail"]
    assert warned[0] == "stale: customer_id"


def test_a_value_past_its_time_is_missing_and_said(tmp_path):
    made = server(tmp_path)
    ended = {"plan" + EXPIRES_AT: datetime.now(UTC) - timedelta(hours=1)}
    publish(
        f"sqlite:///{tmp_path}/online.db",
        known() | ended,
        dataset=made.served.champion.bundle.manifest["dataset"],
        **{"plan" + EXPIRES_AT: pl.Datetime("us", "UTC")},
    )

    answer = made.post(NAMED).json["predictions"][0]

    expected = made.post(NAMED | {"values": CUSTOMER | {"plan": None}})
    assert answer["probability"] == expected.json["predictions"][0]["probability"]
    assert answer["warnings"] == ["expired: plan", "missing: plan"]


def test_a_store_out_of_reach_is_not_the_callers_fault(tmp_path):
    made = server(tmp_path)

    answer = made.post(NAMED)

    assert answer.status == 503
    assert "nothing was published" in answer.json["detail"]


@pytest.mark.parametrize("body", [{}, {"customer_value": 1.0}])
def test_neither_name_nor_values_is_refused(tmp_path, body):
    answer = server(tmp_path, known()).post(body)

    assert answer.status == 422
    assert answer.json["field"] == "values"


def test_features_that_only_a_challenger_needs_do_not_fail_the_champion(tmp_path):
    champion = shop()
    made = small_bundle(tmp_path / "other", 2.0)
    challenger = Version(made.version, made.bundle_sha256, made.bundle_uri)
    url = f"sqlite:///{tmp_path}/online.db"
    running = in_process(tmp_path, champion, challenger, weight=1.0, online=url)
    dataset = running.served.champion.bundle.manifest["dataset"]
    publish(url, known(), dataset=dataset)

    answer = running.post(NAMED).json["predictions"][0]

    # Nobody published `tenure`, without which this challenger has no answer.
    assert answer["model_version"] == "1"
