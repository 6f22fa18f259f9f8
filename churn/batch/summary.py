"""Counts a run: how many, who, why, worth how much, and what is new."""

from collections import Counter
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.batch.listed import (
    UPPER_BOUNDS,
    DaySummary,
    DecileCount,
    GroupCount,
    ListChange,
    ReasonCount,
    Worth,
)
from churn.batch.record import CONTACT
from churn.batch.targets import expected_cost, net_value_variance
from churn.batch.wording import is_raising, reason_label
from churn.evaluation.scorecard import Estimate
from churn.monitoring.day import DayProfile
from churn.monitoring.scores import ScoreCounts
from churn.scoring.decision import Economics, expected_net_value

COVERAGE = 0.95
ORIGIN = ("snapshot_date", "model_version", "scored_at")
SCORES = (
    "customer_id",
    "probability",
    "decile",
    "decision",
    "expected_net_value_eur",
    "rank",
)
"""With ``ORIGIN`` what is needed of everybody who was scored."""


def summarise(scores: pl.DataFrame, listed: pl.DataFrame) -> DaySummary:
    """Count a date's scores.

    Parameters
    ----------
    scores : DataFrame with ``SCORES`` and ``ORIGIN``
        Everybody who was scored; at least one row.
    listed : DataFrame with ``reasons``
        The rows of ``scores`` that are on the list.
    """
    origin = scores.select(ORIGIN).row(0, named=True)
    is_listed = scores["rank"] > 0
    return DaySummary(
        **origin,
        n=len(scores),
        mean_probability=float(scores.select(pl.mean("probability")).item()),
        n_worth=int((scores["decision"] == CONTACT).sum()),
        n_listed=int(is_listed.sum()),
        n_explained=int((listed["reasons"].list.len() > 0).sum()),
        listed_net_value_eur=float(
            scores.filter(is_listed)["expected_net_value_eur"].sum()
        ),
        deciles=_deciles(scores),
        by_range=_by_range(scores["probability"].to_numpy()),
        reasons=_reasons(listed["reasons"]),
    )


def worth(listed: pl.DataFrame, economics: Economics) -> Worth:
    """What the listed customers are expected to bring together.

    The interval is the normal one of a sum of independent outcomes, whose variances
    ``net_value_variance`` gives.

    Parameters
    ----------
    listed : DataFrame with ``probability`` and ``customer_value_eur``
    """
    probability = listed["probability"].to_numpy()
    value = listed["customer_value_eur"].to_numpy()
    net = float(expected_net_value(probability, value, economics).sum())
    spread = float(net_value_variance(probability, value, economics).sum()) ** 0.5
    margin = NormalDist().inv_cdf((1 + COVERAGE) / 2) * spread
    return Worth(
        net_value=Estimate(net, net - margin, net + margin, len(listed)),
        cost_eur=float(expected_cost(probability, economics).sum()),
        customer_value_eur=float(value.sum()),
    )


def list_change(scores: pl.DataFrame, before: pl.DataFrame) -> ListChange:
    """Hold the list of a date against that of an earlier one.

    Parameters
    ----------
    scores, before : DataFrame with ``customer_id``, ``probability`` and ``rank``
        Everybody who was scored, on either date.
    """
    columns = ["customer_id", "probability", "rank"]
    both = scores.select(columns).join(
        before.select(columns), on="customer_id", how="full", suffix="_before"
    )
    is_on = (pl.col("rank") > 0).fill_null(value=False)
    was_on = (pl.col("rank_before") > 0).fill_null(value=False)
    is_new, is_gone = pl.col("rank_before").is_null(), pl.col("rank").is_null()
    counted = both.select(
        n_joined=(is_on & ~was_on).sum(),
        n_left=(was_on & ~is_on).sum(),
        n_stayed=(is_on & was_on).sum(),
        n_new=(is_on & is_new).sum(),
        n_gone=(was_on & is_gone).sum(),
        n_both=(~is_new & ~is_gone).sum(),
        mean_move=(pl.col("probability") - pl.col("probability_before")).mean(),
    )
    return ListChange(**counted.row(0, named=True))


def group_counts(profile: DayProfile) -> tuple[GroupCount, ...]:
    """What a day's profile has counted of each group."""
    counted = [
        _group_count(name, counts)
        for name, counts in profile.slices.items()
        if counts.n_rows
    ]
    return tuple(sorted(counted, key=lambda one: (one.name, -one.n, one.group)))


def _group_count(label: str, counts: ScoreCounts) -> GroupCount:
    name, _, group = label.partition("=")
    return GroupCount(
        name=name,
        group=group,
        n=counts.n_rows,
        mean_probability=float(counts.p_sum.sum()) / counts.n_rows,
        n_worth=int(counts.n_contacted.sum()),
        net_value_eur=float(counts.net_sum_eur.sum()),
    )


def _deciles(scores: pl.DataFrame) -> tuple[DecileCount, ...]:
    is_listed = pl.col("rank") > 0
    counted = scores.group_by("decile").agg(
        n=pl.len(),
        mean_probability=pl.mean("probability"),
        n_listed=is_listed.sum(),
        listed_net_value_eur=pl.col("expected_net_value_eur").filter(is_listed).sum(),
    )
    rows = counted.sort("decile").iter_rows(named=True)
    return tuple(DecileCount(**row) for row in rows)


def _by_range(probability: NDArray[np.float64]) -> tuple[int, ...]:
    places = np.searchsorted(UPPER_BOUNDS, probability, side="left")
    return tuple(np.bincount(places, minlength=len(UPPER_BOUNDS)).tolist())


def _reasons(reasons: pl.Series) -> tuple[ReasonCount, ...]:
    """How many customers each raising reason is about, whatever its value."""
    texts = reasons.explode().drop_nulls().value_counts(name="n")
    found: Counter[str] = Counter()
    for text, n in texts.iter_rows():
        if is_raising(text):
            found[reason_label(text)] += n
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple(ReasonCount(label, n) for label, n in ordered)
