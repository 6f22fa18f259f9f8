"""The rows a decision rests on: labels, values, scores and raw observations.

Whoever decides computes statistics from them anew, so that a decision can be replayed
from what is stored here and its policy alone. (The leak probes' readings, which come
from raw tables, are kept as they were read.)
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.observations import Observations
from churn.scoring.decision import Economics

CHALLENGER = "challenger"
RIVAL = "rival__"
RESEEDED = "reseeded__"
BEHAVIOUR = pl.Schema(
    {
        "expectation": pl.String,
        "customer": pl.Int64,
        "before": pl.Float64,
        "after": pl.Float64,
    }
)


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of a version when it is decided about.

    Parameters
    ----------
    rows : polars.DataFrame
        The test rows: ``customer`` (a code, not the id), ``snapshot_date``,
        ``is_churn``, ``customer_value`` (EUR per year), the probabilities
        ``challenger``, ``rival__<name>`` (majority, best_rule, logistic, champion,
        oracle) and ``reseeded__<n>`` (the same recipe with other seeds), and the
        groups ``slice__<name>``; in the order of ``reading_order``.
    behaviour : polars.DataFrame
        ``expectation, customer, before, after``: probabilities of some rows, and of
        the same rows after the change that a declared expectation is about.
    descriptions : mapping of rival to words
    """

    rows: pl.DataFrame
    behaviour: pl.DataFrame
    observations: Observations
    economics: Economics
    plan: EvaluationPlan
    champion_version: str | None
    champion_is_same_bundle: bool
    descriptions: Mapping[str, str]

    @property
    def rivals(self) -> tuple[str, ...]:
        """Whom the version is compared with on the same rows."""
        return tuple(
            name.removeprefix(RIVAL)
            for name in self.rows.columns
            if name.startswith(RIVAL)
        )


def no_behaviour() -> pl.DataFrame:
    """What is known of behaviour when no expectation was tried."""
    return pl.DataFrame(schema=BEHAVIOUR)


def customer_codes(customer_id: pl.Series) -> pl.Series:
    """Numbers in place of customers' ids; equal ids have equal numbers.

    The order of the numbers is that of a hash of the ids: the same wherever it is
    computed, and telling nothing of the customer.

    Parameters
    ----------
    customer_id : polars.Series of shape (n_rows,)

    Returns
    -------
    polars.Series of shape (n_rows,), Int64
        0..n_customers-1.
    """
    return _ranked(map(_hash, customer_id.cast(pl.String).to_list()))


def reading_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in the order in which tests that look again and again read them.

    By date, since labels mature so; within a date by customer code, which is a
    hash's order and so has nothing to do with anybody's score or label.
    """
    return rows.sort("snapshot_date", "customer", maintain_order=True)


def _ranked(hashes: Iterable[str]) -> pl.Series:
    return pl.Series("customer", list(hashes)).rank("dense").cast(pl.Int64) - 1


def _hash(customer_id: str) -> str:
    return hashlib.blake2b(customer_id.encode(), digest_size=16).hexdigest()
