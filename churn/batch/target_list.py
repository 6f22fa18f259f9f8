"""The target list as rows: what a team that works it down gets to see."""

from dataclasses import dataclass

import polars as pl

from churn.batch.targets import expected_cost
from churn.batch.wording import MOST_REASONS
from churn.scoring.decision import Economics

TARGET_COLUMNS = (
    "customer_id",
    "snapshot_date",
    "rank",
    "probability",
    "decile",
    "customer_value_eur",
    "expected_net_value_eur",
    "expected_cost_eur",
    "reason_1",
    "reason_2",
    "reason_3",
    "model_version",
    "scored_at",
)
SCORE_COLUMNS = (
    *(
        name
        for name in TARGET_COLUMNS
        if not name.startswith("reason_") and name != "expected_cost_eur"
    ),
    "reasons",
)
"""The columns of the score table that a list is made of."""

CENTS, PROBABILITY_DIGITS = 2, 6
"""Decimals that a team sees: the score table keeps all of them."""


@dataclass(frozen=True)
class Exported:
    """Where a list of so many customers went: a file and a database.

    Either is None where the stack names no such place.
    """

    n_customers: int
    csv: str | None
    crm: str | None


def target_list(scores: pl.DataFrame, economics: Economics) -> pl.DataFrame:
    """The listed customers, best first, with a column for each of three reasons.

    Money is rounded to cents, a probability to six digits. ``expected_cost_eur`` is
    what a budget is cut by.

    Parameters
    ----------
    scores : DataFrame with ``SCORE_COLUMNS``
        One row a customer; ``rank`` is 0 for who is not listed, and the list
        ``reasons`` may be null or short.

    Returns
    -------
    DataFrame with ``TARGET_COLUMNS``
    """
    listed = scores.filter(pl.col("rank") > 0).sort("rank")
    reasons = pl.col("reasons").cast(pl.List(pl.String))
    cost = expected_cost(listed["probability"].to_numpy(), economics)
    told = listed.with_columns(
        pl.Series("expected_cost_eur", cost, pl.Float64),
        *(
            reasons.list.get(place, null_on_oob=True).alias(f"reason_{place + 1}")
            for place in range(MOST_REASONS)
        ),
    )
    return told.select(TARGET_COLUMNS).with_columns(
        pl.col("probability").round(PROBABILITY_DIGITS),
        pl.col("^.*_eur$").round(CENTS),
    )
