"""What came of scoring a date, as one small record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import polars as pl

from churn.batch.targets import TargetPlan
from churn.ranges import at_least
from churn.scoring.decision import Economics

Explained = Literal["targets", "all", "none"]

CONTACT, NO_CONTACT = "contact", "no_contact"

HAS_LEFT = "__has_left"
"""Column of a date's customers: who has left already. Absent or null: not known to."""

SCORES: Mapping[str, pl.DataType] = {
    "customer_id": pl.String(),
    "probability": pl.Float64(),
    "decile": pl.Int8(),
    "decision": pl.String(),
    "expected_net_value_eur": pl.Float64(),
    "customer_value_eur": pl.Float64(),
    "rank": pl.Int32(),
    "reasons": pl.List(pl.String()),
}
"""What is said of each customer of a date.

``decile`` is 1 for the tenth most likely to leave, ``rank`` the place on the target
list or 0, ``reasons`` null where nobody asked for them.
"""


@dataclass(frozen=True)
class BatchPlan:
    """How a date is scored.

    Parameters
    ----------
    reasons : {"targets", "all", "none"}
        Whose scores are explained: the slow part.
    targets : TargetPlan
        Who is on the target list.
    threads : int
        Parts of the customers scored side by side; the result is the same to the bit.
    """

    reasons: Explained
    targets: TargetPlan
    threads: int

    def __post_init__(self) -> None:
        """Refuse to work with nobody."""
        at_least("scoring.threads", self.threads, 1)


@dataclass(frozen=True, kw_only=True)
class CurrentRows:
    """The customers of a date, as they are stored.

    Parameters
    ----------
    n_rows : int
    is_built : bool
        Whether they were built now; False where stored ones rest on equal data.
    feature_version : str
        What the rows were built from: declarations and visible data.
    data_version : str
        Hash of the raw tables as they were read.
    address : str or None
        Of the table that holds them; None where they are the source's own rows.
    """

    snapshot_date: date
    n_rows: int
    is_built: bool
    feature_version: str
    data_version: str
    address: str | None


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose scores they are and what they rest on: the same for all rows of a run."""

    model_version: str
    bundle_sha256: str
    feature_version: str
    data_version: str
    scored_at: datetime


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A date's scores, as they were stored.

    Parameters
    ----------
    n_rows : int
        Customers of the date: ``n_scored + n_quarantined``.
    quarantined_because : mapping of reason to number of customers
    n_left : int
        Of the scored: who had left already, and is not to be contacted.
    n_contacted, n_listed, n_explained : int
        Worth a contact; on the target list; with reasons.
    mean_probability : float
    listed_net_value_eur : float
        Expected of the target list.
    plan, economics : BatchPlan, Economics
        What the list was made by; the economics are the bundle's own, by which a
        server decides too.
    table_version : int
        Version of the score table with these rows.
    """

    model: str
    snapshot_date: date
    origin: Origin
    plan: BatchPlan
    economics: Economics
    n_rows: int
    n_scored: int
    n_quarantined: int
    quarantined_because: Mapping[str, int]
    n_left: int
    n_contacted: int
    n_listed: int
    n_explained: int
    mean_probability: float
    listed_net_value_eur: float
    table_version: int
    address: str
    quarantine_address: str
