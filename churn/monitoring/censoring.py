"""Labels that are still to come, allowed for by how soon churners are seen.

Soon after a snapshot the only labels are those of the churners who left first. Whoever
is still there is a stayer or a churner yet to leave. If the day of leaving says nothing
about the score, those who left first stand for all: each counts for one over the share
of churners that had the time to be seen, and as many of the others are taken back.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LabelWindow:
    """When a label of a snapshot T is decided: in (T + lead, T + lead + horizon].

    ``outcome`` is ``occurs`` where churn is an event, which early labels show, and
    ``absent`` where it is the lack of one, which only the whole window does.
    """

    lead_time_days: int
    horizon_days: int
    outcome: Literal["occurs", "absent"]

    @property
    def maturity_days(self) -> int:
        """Days from a snapshot until its label is known."""
        return self.lead_time_days + self.horizon_days


@dataclass(frozen=True, eq=False)
class SeenShare:
    """Of a cohort's churners, how many have left by each day after the snapshot.

    Parameters
    ----------
    shares : ndarray of shape (maturity_days + 1,)
        By day, 0 at the end of the lead time and 1 at maturity.
    n_churners : int
        Whose days of leaving it was learned from; 0 where every day of the window is
        taken to be as likely as the others.
    """

    shares: Floats
    n_churners: int

    def at(self, elapsed_days: NDArray[np.integer]) -> Floats:
        """The share seen so many days after the snapshot."""
        days = np.clip(elapsed_days, 0, self.shares.size - 1)
        return np.asarray(self.shares[days], np.float64)

    @property
    def errors(self) -> Floats:
        """Standard errors of the shares; 0 where they were not learned."""
        spread = self.shares * (1 - self.shares)
        n = self.n_churners or np.inf
        errors: Floats = np.sqrt(spread / n)
        return errors


def is_matured(outcomes: pl.DataFrame, window: LabelWindow | None) -> pl.Series:
    """Which rows have a label whose window has closed."""
    closed = pl.lit(True)
    if window is not None:
        closed = pl.col("elapsed_days") >= window.maturity_days
    return outcomes.select(closed & pl.col("is_churn").is_not_null()).to_series()


def seen_share(
    matured: pl.DataFrame, window: LabelWindow, *, fewest_churners: int
) -> SeenShare:
    """How soon churners are seen: from matured cohorts, or evenly over the window.

    Parameters
    ----------
    matured : DataFrame
        Outcomes that have matured.
    fewest_churners : int
        With a known day of leaving; with fewer, leaving is taken to be as likely on
        each day of the label window.

    References
    ----------
    The weights are those of inverse probability of censoring: Robins & Rotnitzky
    (1992), "Recovery of information and adjustment for dependent censoring using
    surrogate markers", with censoring by the calendar alone.
    """
    days = matured.filter(pl.col("is_churn"))["churn_day"].drop_nulls().to_numpy()
    every_day = np.arange(window.maturity_days + 1)
    if days.size < fewest_churners:
        since = (every_day - window.lead_time_days) / window.horizon_days
        return SeenShare(np.clip(since, 0.0, 1.0), 0)
    left_by = np.searchsorted(np.sort(days), every_day, side="right") / days.size
    left_by[-1] = 1.0
    return SeenShare(left_by, int(days.size))


def early_rows(
    outcomes: pl.DataFrame, window: LabelWindow, seen: SeenShare, *, least_share: float
) -> pl.DataFrame:
    """Rows of cohorts that have begun to show their churners, and have not matured.

    Parameters
    ----------
    least_share : float
        Of its churners that must have had the time to leave, for a cohort to count.

    Returns
    -------
    DataFrame
        With ``is_seen``, and ``seen_share`` of the row's cohort.
    """
    elapsed = outcomes["elapsed_days"].to_numpy()
    share = seen.at(elapsed)
    counts = (elapsed < window.maturity_days) & (share >= least_share)
    is_seen = pl.col("is_churn").fill_null(False) & pl.col("churn_day").is_not_null()
    return outcomes.with_columns(seen_share=pl.Series(share), is_seen=is_seen).filter(
        pl.Series(counts)
    )
