from datetime import UTC, date, datetime

import polars as pl

from churn.batch.target_list import SCORE_COLUMNS, TARGET_COLUMNS, target_list
from churn.scoring.decision import Economics

OURS = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
SCORED = {
    "customer_id": ["a", "b", "c"],
    "snapshot_date": [date(2026, 3, 1)] * 3,
    "rank": [2, 0, 1],
    "probability": [0.5, 0.01, 0.9],
    "decile": [4, 10, 1],
    "customer_value_eur": [200.0, 200.0, 300.0],
    "expected_net_value_eur": [20.0, -9.0, 70.0],
    "model_version": ["7"] * 3,
    "scored_at": [datetime(2026, 3, 1, 2, tzinfo=UTC)] * 3,
    "reasons": [["x: 1 (raises)"], None, ["x: 2 (raises)", "y: 3 (lowers)"]],
}


def test_the_listed_come_best_first_with_a_column_a_reason():
    rows = target_list(pl.DataFrame(SCORED), OURS)

    assert rows.columns == list(TARGET_COLUMNS)
    reasons = rows.select("customer_id", "reason_1", "reason_2", "reason_3").rows()
    assert reasons == [
        ("c", "x: 2 (raises)", "y: 3 (lowers)", None),
        ("a", "x: 1 (raises)", None, None),
    ]


def test_without_reasons_their_columns_are_empty_texts():
    scores = pl.DataFrame(SCORED).with_columns(reasons=pl.lit(None))

    rows = target_list(scores, OURS)

    assert rows.schema["reason_3"] == pl.String
    assert rows["reason_1"].null_count() == 2


def test_the_columns_a_list_needs_are_enough():
    scores = pl.DataFrame(SCORED).select(SCORE_COLUMNS)

    assert target_list(scores, OURS).equals(target_list(pl.DataFrame(SCORED), OURS))


def test_money_is_in_cents_with_the_cost_and_probabilities_have_six_digits():
    scores = pl.DataFrame(SCORED).with_columns(
        probability=pl.lit(1 / 3),
        customer_value_eur=pl.lit(81.59415617174866),
        expected_net_value_eur=pl.lit(2.345678),
    )

    rows = target_list(scores, OURS)

    told = rows.select(
        "probability",
        "customer_value_eur",
        "expected_net_value_eur",
        "expected_cost_eur",
    )
    # A contact, and the offer to two thirds and to 0.3 of the other third.
    assert set(told.rows()) == {(0.333333, 81.59, 2.35, 8.67)}
