from datetime import date

import polars as pl
import pytest

from churn.evaluation.definitions import EvaluationPlan, define
from churn.evaluation.rows import parse_rows
from churn.scoring.decision import Economics

PLAN = EvaluationPlan(
    resamples=300, seed=1, slice_min_rows=50, high_value_quantile=0.75
)
ROWS = parse_rows(
    pl.DataFrame(
        {
            "customer": [0, 1],
            "snapshot_date": [date(2024, 1, 1)] * 2,
            "customer_value": [100.0, 200.0],
            "is_churn": [True, False],
        }
    ),
    Economics(offer_eur=10, contact_eur=1.5, acceptance_rate=0.3),
    high_value_quantile=0.75,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decision", ["10 EUR for the offer", "1.5 EUR for the contact", "30%"]),
        ("high_value", ["175.00 EUR", "75%"]),
        ("intervals", ["300 resamples"]),
        ("profit", ["150.00 EUR", "Beta(6, 14)"]),
    ],
)
def test_definitions_hold_the_numbers_in_use(name, words):
    text = define(ROWS, PLAN, [])[name]

    assert [word for word in words if word not in text] == []


def test_groups_left_out_are_stated():
    found = define(ROWS, PLAN, ["plan: pro (3 rows)"])

    assert found["slices_left_out"].startswith("groups with fewer than 50 rows")
    assert found["slices_left_out"].endswith("plan: pro (3 rows)")
    assert "slices_left_out" not in define(ROWS, PLAN, [])
