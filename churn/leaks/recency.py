"""Days since something that were not counted up to the snapshot."""

import re
from collections.abc import Iterator, Sequence

import polars as pl

from churn.dataset import Dataset
from churn.eligibility import Frames
from churn.features.build import build_features
from churn.features.declarations import Age, Feature, Ratio, Recency, Slope
from churn.leaks.earlier import Moved
from churn.leaks.reading import Seen, share_of_customers

CLAIM = re.compile(r"(?<![a-z])(since|recency|ago|inactive|idle|silent|quiet)(?![a-z])")
ROUNDING_DAYS = 1.0
LIFE_DAYS = "life_days"


def claims_time_since(feature: Feature) -> bool:
    """Whether a feature says of itself that it counts days since something.

    Examples
    --------
    >>> told = Feature(name="days_since_login", unit="days", meaning="A login.")
    >>> agreed = Feature(name="notice_days", unit="days", meaning="Notice period.")
    >>> claims_time_since(told), claims_time_since(agreed)
    (True, False)
    """
    if isinstance(feature, Recency | Age | Ratio | Slope):
        return isinstance(feature, Recency)
    words = f"{feature.name} {feature.meaning}".casefold().replace("_", " ")
    return feature.unit == "days" and CLAIM.search(words) is not None


def recency_of_rows(rows: pl.DataFrame, features: Sequence[Feature]) -> Iterator[Seen]:
    """Ask what a single row can show: whether a value is negative.

    Yields
    ------
    Seen
        ``observed`` is the share of rows, of those that have a value.
    """
    for feature in features:
        if claims_time_since(feature):
            yield _negative(rows, feature.name)


def recency_in_time(
    moved: Moved, life_days: pl.Series, features: Sequence[Feature], *, shift_days: int
) -> Iterator[Seen]:
    """Ask in three ways whether days since something end at the snapshot.

    Days up to the snapshot are not negative, do not go back before the customer's
    first event, and, where they are longer than the shift, nothing happened in
    between, so that they have grown by it. The worst answer counts. Half the shift
    will do: a value may be a few days stale, or an event may have reached us late.

    Parameters
    ----------
    life_days : Series of n_rows numbers
        Days from the first event of each row's customer to its snapshot.

    Yields
    ------
    Seen
        ``observed`` is the share of rows, of those for which the question makes sense.
    """
    for feature in features:
        if claims_time_since(feature):
            answers = (
                _negative(moved.later, feature.name),
                _beyond_life(moved.later, life_days, feature.name),
                _standing_still(moved, feature.name, shift_days),
            )
            yield max(answers, key=lambda seen: seen.observed.low or 0.0)


def lives(dataset: Dataset, frames: Frames, rows: pl.DataFrame) -> pl.Series:
    """Days from a customer's first known event, of any kind, to each row's snapshot."""
    dated = [n for n, t in dataset.tables.items() if t.event_time is not None]
    ages = [Age(name=f"{n}_days", unit="days", meaning="Age.", table=n) for n in dated]
    spine = rows.select("customer_id", "snapshot_date")
    built = build_features(ages, dataset.tables, frames, spine)
    names = [age.name for age in ages]
    return built.select(pl.max_horizontal(names).alias(LIFE_DAYS))[LIFE_DAYS]


def _negative(rows: pl.DataFrame, name: str) -> Seen:
    known = rows.filter(pl.col(name).is_not_null())
    is_negative = known[name] < -ROUNDING_DAYS
    return _seen(name, is_negative, known, "is negative, after the snapshot,")


def _beyond_life(rows: pl.DataFrame, life_days: pl.Series, name: str) -> Seen:
    known = rows.with_columns(life_days.alias(LIFE_DAYS)).drop_nulls([name, LIFE_DAYS])
    is_longer = known[name] > known[LIFE_DAYS] + ROUNDING_DAYS
    return _seen(name, is_longer, known, "goes back before the customer's first event")


def _standing_still(moved: Moved, name: str, shift_days: int) -> Seen:
    both = moved.later.with_columns(moved.earlier[name].alias("#earlier"))
    quiet = both.filter(
        pl.col(name) > shift_days + ROUNDING_DAYS, pl.col("#earlier").is_not_null()
    )
    stands = quiet[name] - quiet["#earlier"] < shift_days / 2
    words = f"did not grow in {shift_days} days without an event"
    return _seen(name, stands, quiet, words)


def _seen(name: str, holds: pl.Series, rows: pl.DataFrame, what: str) -> Seen:
    share = share_of_customers(holds, rows["customer_id"])
    rate = "no" if share.value is None else f"{share.value:.1%}"
    words = f"{what} in {rate} of {share.n:,} rows that could show it"
    return Seen(name, share, words)
