import json

import numpy as np
import polars as pl
import pytest

from churn.model.columns import to_columns
from churn.model.manifest import (
    compact_json,
    describe_features,
    describe_value,
    describe_window,
    finished_manifest,
    readable_json,
)
from tests.snapshot_rows import FEATURES, recipe, rows

FRAME = rows(200, seed=1, n_dates=2)


def test_the_schema_tells_ranges_categories_and_missing_shares() -> None:
    tenure, spend, _, plan, region = describe_features(
        FEATURES, to_columns(FRAME, FEATURES)
    )

    assert (tenure["type"], tenure["min"]) == ("float32", FRAME["tenure_days"].min())
    assert spend["missing_share"] == pytest.approx(
        FRAME["spend_cents"].null_count() / 400
    )
    assert plan["categories"] == ["basic", "größer", "plus"]
    assert region["categories"] == ["north", "south"]
    assert region["missing_share"] == FRAME["region"].null_count() / 400


def test_a_window_is_told_by_its_size_rate_and_dates() -> None:
    window = describe_window(FRAME)

    assert (window["n_rows"], window["n_customers"]) == (400, 200)
    assert window["churn_rate"] == pytest.approx(FRAME["is_churn"].mean())
    assert (window["first_snapshot"], window["last_snapshot"]) == (
        "2024-01-01",
        "2024-01-31",
    )


def test_every_file_is_listed_with_its_hash() -> None:
    written = json.loads(finished_manifest({}, recipe("xgboost"), {"a": b"abc"}))

    # sha256("abc"), FIPS 180-2 appendix B.1.
    assert written["files"]["a"]["sha256"].startswith(
        "ba7816bf8f01cfea414140de5dae2223"
    )
    assert written["files"]["a"]["size"] == 3


def test_json_does_not_depend_on_the_order_of_keys_and_holds_no_nan() -> None:
    assert compact_json({"b": 1, "a": 0.1}) == b'{"a":0.1,"b":1}'
    assert readable_json({"b": 1, "a": 2}) == readable_json({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        compact_json(np.nan)


def test_what_a_customer_is_usually_worth_is_the_median() -> None:
    frame = FRAME.head(3).with_columns(customer_value=pl.Series([1.0, 5.0, 900.0]))

    assert describe_value(frame) == {"median_eur": 5.0}
