"""What the feature rows of a date were built from, as a short text.

Two fingerprints of a date are equal exactly when the same declarations, compiled
to the same SQL, read the same rows: those visible at T. Neither the order of the
rows nor anything that became visible later takes part.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import accumulate

import polars as pl

from churn.dataset import Dataset, RawTable
from churn.features.build import on_both_axes
from churn.features.compile import compile_features
from churn.features.engine import DUCKDB
from churn.features.history import DAY_US

EPOCH = date(1970, 1, 1)
# Rows are hashed twice: once over, so that sums of hashes have no structure left.
SEEDS = (20240101, 20240102)

NEVER_US = 2**63 - 1

Content = tuple[int, int]
NOTHING: Content = (0, 0)


def fingerprints(
    dataset: Dataset, frames: Mapping[str, pl.DataFrame], dates: Sequence[date]
) -> dict[date, str]:
    """A text per date that changes with whatever its feature rows rest on.

    The hash of rows is that of the installed polars: after an upgrade a text may
    differ although the data do not, and the date is built again.

    Parameters
    ----------
    frames : mapping of raw table name to good rows
    dates : sequence of date
        In any order; T is 00:00 UTC of each.
    """
    days = sorted(set(dates))
    names = sorted(dataset.tables)
    declared = _declared(dataset)
    contents = [_contents(dataset.tables[name], frames[name], days) for name in names]
    columns = [[name, str(frames[name].schema)] for name in names]
    return {
        day: _sha256([declared, columns, list(content)])
        for day, content in zip(days, zip(*contents, strict=True), strict=True)
    }


def _declared(dataset: Dataset) -> list[str]:
    """The query that yields the features, the times it rests on, who is in it."""
    times = [
        f"{name} {table.event_time} {table.known_at} {table.delay} {table.customer}"
        for name, table in sorted(dataset.tables.items())
    ]
    sql = compile_features(dataset.features, dataset.tables, dialect=DUCKDB.dialect)
    return [sql, str(dataset.eligible), *times]


def _contents(
    table: RawTable, frame: pl.DataFrame, days: Sequence[date]
) -> list[Content]:
    """Number of visible rows and sum of their hashes, for each of the sorted days."""
    hashes = frame.hash_rows(seed=SEEDS[0]).hash(seed=SEEDS[1]).cast(pl.Int128)
    if table.event_time is None:
        return [(frame.height, int(hashes.sum()))] * len(days)
    both = pl.col("event_us").is_not_null() & pl.col("known_us").is_not_null()
    from_us = pl.when(both).then(pl.max_horizontal("event_us", "known_us"))
    midnights = pl.Series([(day - EPOCH).days * DAY_US for day in days], dtype=pl.Int64)
    first_day = midnights.search_sorted(
        on_both_axes(frame, table).select(from_us.fill_null(NEVER_US)).to_series(),
        side="left",
    )
    added = dict.fromkeys(range(len(days)), NOTHING) | _by_day(first_day, hashes)
    return list(accumulate((added[n] for n in range(len(days))), _plus))


def _by_day(first_day: pl.Series, hashes: pl.Series) -> dict[int, Content]:
    rows = pl.DataFrame({"day": first_day, "hash": hashes}).group_by("day")
    return {
        int(day): (int(n), int(total))
        for day, n, total in rows.agg(n=pl.len(), total=pl.col("hash").sum()).rows()
    }


def _plus(left: Content, right: Content) -> Content:
    return left[0] + right[0], left[1] + right[1]


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
