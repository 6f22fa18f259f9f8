from datetime import date

import dataframely as dy
import polars as pl
import pytest

from churn.dataset import Dataset, RawTable
from churn.errors import DataError
from churn.features.declarations import Column
from churn.outputs import ScoreSchema, check_snapshots, snapshot_schema
from churn.snapshots import SnapshotPlan, build_snapshots
from tests.businesses import BUSINESS, moment, purchases


class Customers(dy.Schema):
    customer_id = dy.String(primary_key=True)
    age = dy.Int64()


DATASET = Dataset(
    name="tiny",
    kind="table",
    tables={"customers": RawTable(schema=Customers, customer=True)},
    features=(
        Column(name="age_years", column="age", unit="years", meaning="Age."),
        Column(
            name="plan", column="plan", unit="text", meaning="Plan.", kind="category"
        ),
        Column(name="inner", column="age", unit="", meaning="", in_model=False),
    ),
    customer_value="12",
    churn_column="left",
    slices={"plan": "plan"},
)

SNAPSHOTS = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "snapshot_date": [date(2024, 1, 1)] * 2,
        "customer_value": [12.0, 0.0],
        "age_years": [30, None],
        "plan": ["basic", None],
        "slice__plan": ["basic", "none"],
        "is_churn": [True, False],
    }
)

SCORES = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "snapshot_date": [date(2024, 1, 1)] * 2,
        "probability": [0.0, 1.0],
        "customer_value": [12.0, 0.0],
        "expected_net_value_eur": [-1.0, 3.0],
        "is_contacted": [False, True],
        "model_version": ["3", "3"],
    }
)


def changed(frame, change):
    ((column, value),) = change.items()
    dtype = frame.schema[column] if value is None else None
    return frame.with_columns(pl.lit(value, dtype=dtype).alias(column))


def broken_rules(schema, frame):
    return set(schema.filter(frame)[1].counts())


@pytest.mark.parametrize("number", [pl.Int64, pl.Float64, pl.Int8])
def test_snapshots_may_hold_numbers_of_any_width(number):
    frame = SNAPSHOTS.with_columns(pl.col("age_years").cast(number))

    assert broken_rules(snapshot_schema(DATASET, is_labelled=True), frame) == set()


def test_snapshots_to_score_need_no_label():
    schema = snapshot_schema(DATASET, is_labelled=False)

    assert broken_rules(schema, SNAPSHOTS.drop("is_churn")) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"customer_value": -1.0}, "customer_value|min"),
        ({"age_years": float("inf")}, "age_years|inf"),
        ({"age_years": float("nan")}, "age_years|nan"),
        ({"is_churn": None}, "is_churn|nullability"),
        ({"slice__plan": None}, "slice__plan|nullability"),
        ({"customer_id": "a"}, "primary_key"),
    ],
)
def test_each_rule_of_snapshots_fires(change, rule):
    schema = snapshot_schema(DATASET, is_labelled=True)

    assert rule in broken_rules(schema, changed(SNAPSHOTS, change))


def test_good_scores_pass():
    assert broken_rules(ScoreSchema, SCORES) == set()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"probability": 1.01}, "probability|max"),
        ({"probability": -0.01}, "probability|min"),
        ({"probability": float("nan")}, "probability|nan"),
        ({"customer_value": -1.0}, "customer_value|min"),
        ({"is_contacted": True}, "contacts_are_worth_it"),
        ({"model_version": ""}, "model_version|min_length"),
        ({"customer_id": "a"}, "primary_key"),
    ],
)
def test_each_rule_of_scores_fires(change, rule):
    assert rule in broken_rules(ScoreSchema, changed(SCORES, change))


def test_snapshots_that_keep_their_promise_pass() -> None:
    check_snapshots(BUSINESS, built_snapshots())


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        ({"customer_value": -1.0}, r"customer_value\|min \(1 rows\)"),
        ({"is_churn": None}, r"is_churn\|nullability \(1 rows\)"),
    ],
)
def test_a_broken_promise_names_its_rule(broken: dict[str, object], rule: str) -> None:
    frame = built_snapshots()
    values = [pl.lit(v, dtype=frame.schema[k]).alias(k) for k, v in broken.items()]

    with pytest.raises(DataError, match=rule):
        check_snapshots(BUSINESS, frame.with_columns(values))


def built_snapshots() -> pl.DataFrame:
    plan = SnapshotPlan(date(2024, 2, 1), 30, lead_time_days=0, horizon_days=30)
    frame = purchases((1, "a", "2024-01-20", "2024-01-20", 100, "web"))
    return build_snapshots(
        BUSINESS, {"purchases": frame}, plan, as_of=moment("2024-03-05")
    )
