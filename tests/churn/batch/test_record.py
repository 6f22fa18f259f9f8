"""How a date is scored, as far as a record can refuse it."""

import polars as pl
import pytest

from churn.batch.record import SCORES, BatchPlan
from churn.batch.targets import TargetPlan
from churn.errors import ConfigError

ALL = TargetPlan(budget_eur=None, most_customers=None, share=None)


def test_somebody_must_do_the_work():
    assert BatchPlan("none", ALL, threads=1).threads == 1

    with pytest.raises(ConfigError, match="scoring.threads"):
        BatchPlan("none", ALL, threads=0)


def test_what_is_said_of_a_customer_never_changes_its_type():
    # Readers of the stored table rely on it.
    assert {
        "customer_id": pl.String(),
        "probability": pl.Float64(),
        "decile": pl.Int8(),
        "decision": pl.String(),
        "expected_net_value_eur": pl.Float64(),
        "customer_value_eur": pl.Float64(),
        "rank": pl.Int32(),
        "reasons": pl.List(pl.String()),
    } == SCORES
