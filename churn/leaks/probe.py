"""All leak probes over the snapshots of one training."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from churn.dataset import Dataset
from churn.eligibility import Frames, eligible_spine
from churn.evaluation.scorecard import PROBES, LeakReading, LeakReport
from churn.leaks.earlier import draw, move
from churn.leaks.moved_earlier import moved_earlier
from churn.leaks.plan import LeakPlan
from churn.leaks.reading import Seen
from churn.leaks.recency import lives, recency_in_time, recency_of_rows
from churn.leaks.single_feature import single_feature
from churn.leaks.unavailable import filled_by_outcome, unavailable_at_serving
from churn.snapshots import snapshot_features
from churn.splits import Split

NO_TIME = "a row without a time cannot be moved to an earlier one"
NOBODY_LEFT = "nobody is eligible at as_of, so there is nobody to be scored"

Seeing = Mapping[str, Iterable[Seen]]


@dataclass(frozen=True)
class _Probed:
    """What the probes look at."""

    dataset: Dataset
    frames: Frames
    split: Split
    as_of: datetime
    plan: LeakPlan


def probe_leaks(
    dataset: Dataset,
    frames: Frames,
    split: Split,
    plan: LeakPlan,
    ceilings: Mapping[str, float],
    *,
    as_of: datetime,
) -> LeakReport:
    """Probe every feature of the model for what it could not have known.

    Parameters
    ----------
    frames : mapping of raw table name to good rows
    split : Split
        Of the snapshots that were built from them.
    ceilings : mapping of probe to number
        What the policy lets pass.
    as_of : datetime, UTC
        When the customers to be scored are looked at.
    """
    probed = _Probed(dataset, frames, split, as_of, plan)
    seen = _of_rows(probed) if dataset.kind == "table" else _in_time(probed)
    readings = (
        LeakReading(probe, one.feature, one.observed, ceilings.get(probe), one.words)
        for probe in PROBES
        for one in seen.get(probe, ())
    )
    why = NO_TIME if dataset.kind == "table" else NOBODY_LEFT
    skipped = {probe: why for probe in PROBES if probe not in seen}
    return LeakReport(tuple(readings), skipped)


def _of_rows(probed: _Probed) -> Seeing:
    """A table of customers: one row each, without a time."""
    features, split = probed.dataset.model_features, probed.split
    rows = pl.concat(vars(split).values())
    return {
        "single_feature": single_feature(split, features, bins=probed.plan.bins),
        "unavailable": filled_by_outcome(rows, features),
        "recency": recency_of_rows(rows, features),
    }


def _in_time(probed: _Probed) -> Seeing:
    """Snapshots: they can be moved, and there are customers to be scored."""
    dataset, frames, plan = probed.dataset, probed.frames, probed.plan
    features, days = dataset.model_features, probed.plan.shift_days
    train, test = move(dataset, frames, draw(probed.split, plan), days)
    life_days = lives(dataset, frames, test.later)
    seen = {
        "single_feature": single_feature(probed.split, features, bins=plan.bins),
        "moved_earlier": moved_earlier(train, test, features, plan),
        "recency": recency_in_time(test, life_days, features, shift_days=days),
    }
    serving = _serving(probed)
    if serving.is_empty():
        return seen
    available = unavailable_at_serving(probed.split.train, serving, features)
    return seen | {"unavailable": available}


def _serving(probed: _Probed) -> pl.DataFrame:
    """Features of all who are eligible on the day of ``as_of``."""
    dataset, frames = probed.dataset, probed.frames
    spine = eligible_spine(dataset, frames, [probed.as_of.date()])
    return snapshot_features(dataset, frames, spine)
