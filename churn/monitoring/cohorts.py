"""Scored customers whose labels are known, by the date of their scores."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.evaluation.slices import MISSING
from churn.monitoring.churn_sums import ChurnSums
from churn.monitoring.grid import N_BINS, score_bins
from churn.monitoring.losses import Rows
from churn.monitoring.windows import EVERYONE, Window
from churn.scoring.decision import Economics, expected_net_value

Floats = NDArray[np.float64]
SLICE = "slice__"


@dataclass(frozen=True, eq=False)
class Cohorts:
    """The outcomes of some snapshot dates.

    Parameters
    ----------
    dates : tuple of date, ascending
    groups : tuple of str
        ``EVERYONE``, then ``<name>=<group>`` of slices.
    known, promised : ChurnSums, arrays of shape (n_dates, n_groups, n_bins)
        By their labels; by their probabilities.
    rows : DataFrame
        ``snapshot_date`` and ``customer``, to tell how much they repeat.
    """

    dates: tuple[date, ...]
    groups: tuple[str, ...]
    known: ChurnSums
    promised: ChurnSums
    rows: pl.DataFrame

    def window(self, length: int | None) -> tuple[Window, Window]:
        """The last so many calendar days, or all: by labels, and by probabilities."""
        first = (
            self.dates[0]
            if length is None
            else self.dates[-1] - timedelta(days=length - 1)
        )
        chosen = [i for i, day in enumerate(self.dates) if day >= first]
        share = repeat_share(self.rows.filter(pl.col("snapshot_date") >= first))
        known, promised = (
            self._window(sums, chosen, share) for sums in (self.known, self.promised)
        )
        return known, promised

    def _window(self, sums: ChurnSums, chosen: Sequence[int], share: float) -> Window:
        total = ChurnSums(*(getattr(sums, f.name)[chosen].sum(0) for f in fields(sums)))
        first, last = self.dates[chosen[0]], self.dates[chosen[-1]]
        return Window(
            days=(last - first).days + 1,
            first_day=first,
            last_day=last,
            groups=self.groups,
            rows=Rows(total, total.n.sum(axis=-1) * share),
        )


def cohorts(
    rows: pl.DataFrame, churn: Floats, groups: Sequence[str], economics: Economics
) -> Cohorts:
    """Sum outcomes of at least one row by date, group and bin of the score.

    Parameters
    ----------
    rows : DataFrame
        Columns of ``harm.OUTCOMES`` and slices.
    churn : ndarray of shape (n_rows,)
        How much of a churner each row is: 1 and 0, or weighted for what is to come.
    """
    dates, place = np.unique(rows["snapshot_date"].to_numpy(), return_inverse=True)
    p = rows["probability"].to_numpy()
    cells = place * N_BINS + score_bins(p)
    members = [_members(rows, group) for group in groups]

    def by_cell(column: Floats, who: NDArray[np.intp]) -> Floats:
        size = len(dates) * N_BINS
        counts = np.bincount(cells[who], column[who], minlength=size)
        return counts.astype(np.float64).reshape(len(dates), N_BINS)

    def sums(weight: Floats) -> ChurnSums:
        columns = _columns(rows, p, weight, economics)
        stacks = (np.stack([by_cell(c, who) for who in members], 1) for c in columns)
        return ChurnSums(*stacks)

    return Cohorts(
        dates=tuple(pl.Series(dates).cast(pl.Date).to_list()),
        groups=tuple(groups),
        known=sums(churn),
        promised=sums(p),
        rows=rows.select("snapshot_date", "customer"),
    )


def repeat_share(rows: pl.DataFrame) -> float:
    """Independent rows that a row is worth, where customers come again.

    Rows of one customer are taken for one and the same, as in
    ``windows.effective_rows``; rows of nobody known are each somebody else's.
    """
    if rows.is_empty():
        return 1.0
    times = rows["customer"].drop_nulls().value_counts()["count"].to_numpy()
    nobody = rows["customer"].null_count()
    return float(rows.height / (np.sum(times.astype(np.float64) ** 2) + nobody))


def _members(rows: pl.DataFrame, group: str) -> NDArray[np.intp]:
    if group == EVERYONE:
        return np.arange(rows.height)
    name, value = group.split("=", 1)
    if SLICE + name not in rows.columns:
        return np.empty(0, np.intp)
    found = rows[SLICE + name].cast(pl.String).fill_null(MISSING) == value
    return np.flatnonzero(found.to_numpy())


def _columns(
    rows: pl.DataFrame, p: Floats, churn: Floats, economics: Economics
) -> tuple[Floats, ...]:
    """The columns of ``ChurnSums``, in its order, row by row."""
    contacted = rows["is_contacted"].fill_null(False).to_numpy().astype(np.float64)
    value = rows["customer_value_eur"].to_numpy()
    # Linear in the probability, so that a weight beyond 1 is allowed for as well.
    net = expected_net_value(churn, value, economics) * contacted
    return (
        np.ones_like(p),
        p,
        p * p,
        churn,
        churn * churn,
        contacted,
        churn * contacted,
        churn * churn * contacted,
        net,
        net * net,
    )
