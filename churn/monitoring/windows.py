"""Scores of many days side by side, and how many independent rows they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from churn.monitoring.churn_sums import ChurnSums, expected, stacked
from churn.monitoring.day import UNNAMED, DayProfile
from churn.monitoring.losses import Rows
from churn.monitoring.scores import ScoreCounts, no_scores
from churn.monitoring.sketch import HASHES, MOST_VALUES, CustomerSketch

EVERYONE = ""
"""The first group; the others are slices."""


@dataclass(frozen=True, eq=False)
class Window:
    """The groups of customers of some days.

    Parameters
    ----------
    days : int
        Its length in calendar days.
    groups : tuple of str
        ``EVERYONE``, then ``<name>=<group>`` of slices.
    rows : Rows
        Arrays of shape (n_groups, n_bins).
    """

    days: int
    first_day: date
    last_day: date
    groups: tuple[str, ...]
    rows: Rows


def trailing(days: Sequence[DayProfile], length: int) -> list[DayProfile]:
    """The last so many calendar days up to the newest one."""
    last = max(day.day for day in days)
    return [day for day in days if last - day.day < timedelta(days=length)]


def score_window(
    days: Sequence[DayProfile], groups: Sequence[str], length: int
) -> Window:
    """The trailing days' scores, each probability at its word.

    Parameters
    ----------
    days : sequence of DayProfile
        At least one, all of one version; batch and log may both be there.
    """
    chosen = trailing(days, length)
    sums = day_sums(chosen[0], groups)
    for day in chosen[1:]:
        sums = sums + day_sums(day, groups)
    n_rows = sum(day.n for day in chosen)
    share = effective_rows(chosen) / n_rows if n_rows else 1.0
    return Window(
        days=length,
        first_day=min(day.day for day in chosen),
        last_day=max(day.day for day in chosen),
        groups=tuple(groups),
        rows=Rows(sums, sums.n.sum(axis=-1) * share),
    )


def day_sums(day: DayProfile, groups: Sequence[str]) -> ChurnSums:
    """One day's scores by group, arrays of shape (n_groups, n_bins)."""
    return stacked([expected(_counts(day, group)) for group in groups])


def effective_rows(days: Sequence[DayProfile]) -> float:
    """How many independent rows the rows of dependent days are worth; at most n.

    The rows of one customer are taken for one and the same: of customers with m rows
    each, ``(sum m)^2 / sum m^2`` rows are worth as much as so many customers' single
    ones. Customers are counted among those whose hashes every day's sketch would hold,
    a random sample of all; within a day each has as many rows as the others. Rows of
    nobody known are each somebody else's.

    References
    ----------
    Kish (1965), *Survey Sampling*, section 8.2 (clusters of unequal size); a sample by
    hashes: Cohen & Kaplan (2007), "Summarizing data using bottom-k sketches", PODC.
    """
    nobody = sum(_unnamed(day) for day in days)
    named = [day for day in days if day.customers.values.size]
    if not named:
        return float(nobody)
    limit = min(_reach(day.customers) for day in named)
    kept = [_upto(day.customers, limit) for day in named]
    each = [(day.n - _unnamed(day)) / day.customers.n_customers for day in named]
    weights = np.repeat(each, [values.size for values in kept])
    _, who = np.unique(np.concatenate(kept), return_inverse=True)
    rows = np.bincount(who, weights)
    squares = float(np.sum(rows**2))
    if not squares:
        return float(nobody)
    sampled_share = min(1.0, (limit + 1) / HASHES)
    worth = float(rows.sum()) ** 2 / squares / sampled_share + nobody
    return min(worth, float(sum(day.n for day in days)))


def _unnamed(day: DayProfile) -> int:
    return day.quality.get(UNNAMED, 0) if day.customers.values.size else day.n


def _upto(sketch: CustomerSketch, limit: float) -> NDArray[np.uint64]:
    return sketch.values[sketch.values.astype(np.float64) <= limit]


def _reach(sketch: CustomerSketch) -> float:
    """The hash up to which nobody is missing from a sketch."""
    full = sketch.values.size >= MOST_VALUES
    return float(sketch.values[-1]) if full else HASHES


def _counts(day: DayProfile, group: str) -> ScoreCounts:
    if group == EVERYONE:
        return day.scores
    return day.slices.get(group) or no_scores(is_labelled=False)
