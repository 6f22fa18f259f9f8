"""A small reference with two groups, and seeded days to hold against it."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from churn.model.columns import to_columns
from churn.model.train import fit_recipe
from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.day import DayProfile, Source
from churn.monitoring.reference import Reference
from churn.scoring.bundle import Bundle
from churn.scoring.decision import contact
from churn.splits import Split
from tests.snapshot_rows import FEATURES, recipe, rows

DAY = date(2024, 5, 1)
KEY = b"a key of sixteen"


@cache
def bundle() -> Bundle:
    """A bundle whose calibration window has the groups ``by_region``."""
    made = Split(*(with_groups(rows(400, seed=seed)) for seed in (1, 2, 3)))
    return fit_recipe(made, recipe("logistic_regression"))


@cache
def reference() -> Reference:
    """What that bundle says of its training."""
    return Reference.of(bundle())


def with_groups(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with a slice; a region nobody knows is a group too."""
    return frame.with_columns(pl.col("region").alias("slice__by_region"))


def day_rows(frame: pl.DataFrame) -> DayRows:
    """Rows as they are counted, scored by the bundle."""
    columns = to_columns(frame, FEATURES)
    p, value = bundle().score(columns), frame["customer_value"].to_numpy()
    return DayRows(
        columns=columns,
        probability=p,
        customer_value=value,
        is_contacted=contact(p, value, bundle().economics),
        customers=frame["customer_id"].to_list(),
        slices={"by_region": frame["region"].to_list()},
    )


def counted(
    frame: pl.DataFrame,
    *,
    day: date = DAY,
    source: Source = "batch",
    found: dict[str, int] | None = None,
    **changes: Any,
) -> DayProfile:
    """The profile of those rows."""
    return profile_day(
        replace(day_rows(frame), **changes),
        reference(),
        day=day,
        source=source,
        model="invented",
        version="3",
        key=KEY,
        found=found or {},
    )


def quiet_days(n_days: int, n: int) -> list[DayProfile]:
    """Days like the training, each of the same customers."""
    return [
        counted(rows(n, seed=100 + k), day=DAY + timedelta(days=k))
        for k in range(n_days)
    ]


def assert_alike(found: DayProfile, expected: DayProfile) -> None:
    """Equal but for the last bits of sums."""
    for name in ("day", "source", "n", "customers", "features", "score", "quality"):
        assert getattr(found, name) == getattr(expected, name), name
    assert found.slices.keys() == expected.slices.keys()
    both = [(found.scores, expected.scores)]
    both += [(found.slices[name], expected.slices[name]) for name in found.slices]
    for one, other in both:
        for name, values in vars(one).items():
            if values is not None:
                np.testing.assert_allclose(
                    values, getattr(other, name), rtol=1e-12, atol=1e-12
                )
