"""Counts a day's rows into its profile, in the bins of the bundle that scored them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.monitoring.day import UNNAMED, DayProfile, Source
from churn.monitoring.groups import count_slices
from churn.monitoring.reference import Reference
from churn.monitoring.scores import ScoredRows, count_scores
from churn.monitoring.sketch import CustomerSketch
from churn.profiles import Profile, count_categories, same_bins
from churn.scoring.inputs import (
    CategoryInput,
    InputSchema,
    NumberInput,
    WarningKind,
)

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class DayRows:
    """The rows that one version scored, n_rows of each, in one order.

    Parameters
    ----------
    columns : mapping of feature to ndarray of shape (n_rows,)
        As the graph takes them: float32 with NaN for missing, str objects with ``""``
        for missing. A feature that is absent is missing throughout.
    probability : ndarray of shape (n_rows,), float in [0, 1]
    customer_value : ndarray of shape (n_rows,), EUR per year
    is_contacted : ndarray of shape (n_rows,), bool
        What was decided.
    customers : sequence of str or None
        As the prediction log names them; None where nobody said.
    slices : mapping of name to sequence of str or None
        The group of each row, by the name without ``slice__``.
    """

    columns: Columns
    probability: Floats
    customer_value: Floats
    is_contacted: NDArray[np.bool_]
    customers: Sequence[str | None]
    slices: Mapping[str, Sequence[str | None]]


def profile_day(  # noqa: PLR0913 (who scored what and when, each said by name)
    rows: DayRows,
    reference: Reference,
    *,
    day: date,
    source: Source,
    model: str,
    version: str,
    key: bytes,
    found: Mapping[str, int],
) -> DayProfile:
    """Count rows; chunks of a day may be counted one by one and then ``merged``.

    Parameters
    ----------
    key : bytes
        Of the customers' hashes, up to 64; may be empty. Distinct customers of two
        days are counted only under one key.
    found : mapping of str to int
        What whoever read the rows found, such as ``quarantined``: goes to ``quality``
        and, for a day in chunks, belongs to one of them.
    """
    scored = ScoredRows(
        probability=np.asarray(rows.probability, dtype=np.float64),
        customer_value=np.asarray(rows.customer_value, dtype=np.float64),
        is_contacted=rows.is_contacted,
        is_churn=None,
    )
    features = _features(rows, reference)
    economics, n_unnamed = reference.economics, rows.customers.count(None)
    unusual = _unusual(rows.columns, features, reference.inputs)
    return DayProfile(
        day=day,
        source=source,
        model=model,
        version=version,
        bundle_sha256=reference.bundle_sha256,
        n=len(scored.probability),
        customers=CustomerSketch.of(rows.customers, key=key),
        features=features,
        score=same_bins(reference.score, scored.probability),
        scores=count_scores(scored, economics),
        slices=count_slices(scored, rows.slices, economics, reference.slices),
        quality=unusual | {UNNAMED: n_unnamed} | dict(found),
    )


def _features(rows: DayRows, reference: Reference) -> dict[str, Profile]:
    n = len(rows.probability)
    absent: dict[str, NDArray[Any]] = {
        "number": np.full(n, np.nan, np.float32),
        "category": np.full(n, "", dtype=object),
    }
    return {
        name: same_bins(profile, rows.columns.get(name, absent[profile.kind]))
        for name, profile in reference.features.items()
    }


def _unusual(
    columns: Columns, features: Mapping[str, Profile], inputs: InputSchema
) -> dict[str, int]:
    """Values that training never saw, by kind in total and by feature."""
    never_missed = [of.name for of in inputs.numbers if not of.is_missed]
    never_missed += [of.name for of in inputs.categories if not of.is_missed]
    by_kind: dict[WarningKind, dict[str, int]] = {
        "missing": {name: features[name].missing for name in never_missed},
        "out_of_range": {
            of.name: _outside(columns[of.name], of)
            for of in inputs.numbers
            if of.name in columns
        },
        "unknown_category": {
            of.name: _unknown(columns[of.name], of, features[of.name])
            for of in inputs.categories
            if of.name in columns
        },
    }
    found: dict[str, int] = {}
    for kind, counts in by_kind.items():
        found[kind] = sum(counts.values())
        found |= {f"{kind}: {name}": n for name, n in counts.items() if n}
    return found


def _outside(values: NDArray[np.floating], of: NumberInput) -> int:
    # As float64: rounded to float32, a bound between two values would be one of them.
    below, above = values < np.float64(of.low), values > np.float64(of.high)
    return int(np.count_nonzero(below) + np.count_nonzero(above))


def _unknown(values: NDArray[Any], of: CategoryInput, profile: Profile) -> int:
    if len(of.seen) == len(profile.categories):
        return profile.other
    return count_categories(values, sorted(of.seen)).other
