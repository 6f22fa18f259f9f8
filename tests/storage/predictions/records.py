"""Records as servers write them, with the few things that a test is about."""

from datetime import date
from typing import Any

from storage.predictions.record import Feedback, Prediction, ShadowScore

AT_US = 1_763_000_000_000_000  # 2025-11-13 02:13:20 UTC


def prediction(request_id: str = "r1", row: int = 0, **changes: Any) -> Prediction:
    """An answer of the champion, version 3."""
    usual = {
        "at_us": AT_US,
        "customer": "c1",
        "values": {"tenure_months": 4, "contract": "Month-to-month", "charges": 70.35},
        "probability": 0.34,
        "is_contacted": True,
        "version": "3",
        "sequence": 12,
        "arm": "champion",
        "latency_us": 184,
        "snapshot_date": date(2025, 11, 1),
        "customer_value": 840.0,
        "warnings": ("contract: unknown_category",),
    }
    return Prediction(request_id=request_id, row=row, **(usual | changes))


def shadow_score(request_id: str = "r1", row: int = 0, **changes: Any) -> ShadowScore:
    """What version 4 would have said."""
    usual = {
        "at_us": AT_US,
        "customer": "c1",
        "sequence": 12,
        "version": "4",
        "champion_version": "3",
        "champion_probability": 0.34,
        "champion_contacted": True,
        "latency_us": 90,
        "probability": 0.36,
        "is_contacted": False,
    }
    return ShadowScore(request_id=request_id, row=row, **(usual | changes))


def feedback(request_id: str = "r1", **changes: Any) -> Feedback:
    """That the customer left."""
    usual = {"at_us": AT_US, "customer": "c1", "truth": 1.0}
    return Feedback(request_id=request_id, **(usual | changes))
