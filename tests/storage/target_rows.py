"""Made-up target lists, as they leave for a CRM."""

from datetime import UTC, date, datetime

import polars as pl

from churn.batch.target_list import TARGET_COLUMNS

DAY = date(2026, 3, 1)
SCORED_AT = datetime(2026, 3, 2, 1, 30, 0, 250_000, tzinfo=UTC)
REASON = "Failed payments in the last 90 days: 3 (raises)"


def targets(*customers: str, day: date = DAY, scored_at: datetime = SCORED_AT):
    """These customers, the first to be called first."""
    n = len(customers)
    columns = {
        "customer_id": customers,
        "snapshot_date": [day] * n,
        "rank": range(1, n + 1),
        "probability": [1 / (place + 2) for place in range(n)],
        "decile": [1] * n,
        "customer_value_eur": [200.0] * n,
        "expected_net_value_eur": [50.0 - place / 3 for place in range(n)],
        "expected_cost_eur": [11.5] * n,
        "reason_1": [REASON] * n,
        "reason_2": ["Plan: größer (lowers)"] * n,
        "reason_3": [None] * n,
        "model_version": ["7"] * n,
        "scored_at": [scored_at] * n,
    }
    texts = dict.fromkeys(["customer_id", "reason_3", "model_version"], pl.String)
    integers = {"rank": pl.Int32, "decile": pl.Int8}
    moments = {"snapshot_date": pl.Date, "scored_at": pl.Datetime("us", "UTC")}
    money = ("customer_value_eur", "expected_net_value_eur", "expected_cost_eur")
    floats = ("probability", *money)
    return pl.DataFrame(
        columns,
        schema_overrides=texts | integers | moments | dict.fromkeys(floats, pl.Float64),
        strict=False,
    ).select(TARGET_COLUMNS)
