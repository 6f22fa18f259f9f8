"""The same features as a careful notebook would build them: pandas, date by date.

For each snapshot and window one vectorised groupby over what was known by then.
It follows the rule on both time axes, corrections included, so that the values
can be compared with ours one by one.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from churn.dataset import Dataset
from churn.features.declarations import (
    Age,
    Attribute,
    Difference,
    Feature,
    Ratio,
    Recency,
    Windowed,
)

DAY = pd.Timedelta(days=1)
DAY_SECONDS = 86_400
Frames = Mapping[str, pd.DataFrame]


def build_with_pandas(
    dataset: Dataset, frames: Frames, spine: pd.DataFrame
) -> pd.DataFrame:
    """The spine with a column per feature, as ``build_features`` gives it."""
    parts = []
    for moment in spine["snapshot_date"].drop_duplicates():
        rows = spine[spine["snapshot_date"] == moment]
        known = {
            name: _known(frames[name], table.event_id, moment)
            for name, table in dataset.tables.items()
        }
        parts.append(_one_date(dataset, known, rows, moment))
    return pd.concat(parts).loc[spine.index]


def _known(
    frame: pd.DataFrame, event_id: str | None, moment: pd.Timestamp
) -> pd.DataFrame:
    """Rows visible at the moment, each event in the version known last."""
    is_visible = (frame["event_time"] <= moment) & (frame["known_at"] <= moment)
    visible = frame[is_visible]
    if event_id is None:
        return visible
    return visible.sort_values("known_at").drop_duplicates(event_id, keep="last")


def _one_date(
    dataset: Dataset, known: Frames, rows: pd.DataFrame, moment: pd.Timestamp
) -> pd.DataFrame:
    built = rows.copy()
    windows: dict[tuple[str, int | None, str | None], pd.DataFrame] = {}
    for feature in dataset.features:
        if isinstance(feature, Ratio | Difference):
            built[feature.name] = _of_others(feature, built)
            continue
        window = (
            str(getattr(feature, "table", None)),
            getattr(feature, "window_days", None),
            getattr(feature, "where", None),
        )
        if window not in windows:
            windows[window] = _in_window(known, window, moment)
        values = _aggregate(feature, windows[window], moment)
        found = rows["customer_id"].map(values)
        adds = isinstance(feature, Windowed) and feature.aggregate in ("sum", "count")
        built[feature.name] = found.fillna(0) if adds else found
    return built


def _in_window(
    known: Frames, window: tuple[str, int | None, str | None], moment: pd.Timestamp
) -> pd.DataFrame:
    table, days, where = window
    events = known[table]
    if days is not None:
        events = events[events["event_time"] > moment - days * DAY]
    if where is not None:
        events = events.query(where.replace(" = ", " == ").replace("NOT ", "not "))
    return events


def _aggregate(
    feature: Feature, events: pd.DataFrame, moment: pd.Timestamp
) -> pd.Series:
    groups = events.groupby("customer_id")
    match feature:
        case Recency():
            return (
                moment - groups["event_time"].max()
            ).dt.total_seconds() / DAY_SECONDS
        case Age():
            return (
                moment - groups["event_time"].min()
            ).dt.total_seconds() / DAY_SECONDS
        case Attribute():
            last = events.sort_values(["event_time", "known_at", "order"])
            return last.groupby("customer_id")[feature.column].last()
        case Windowed(aggregate="count"):
            return groups.size()
        case Windowed():
            return groups[str(feature.column)].agg(feature.aggregate)
    msg = f"{type(feature).__name__} is not built here"
    raise TypeError(msg)


def _of_others(feature: Ratio | Difference, built: pd.DataFrame) -> pd.Series:
    if isinstance(feature, Ratio):
        bottom = built[feature.denominator].replace(0, np.nan)
        return built[feature.numerator] * feature.scale / bottom
    left = built[feature.minuend] * feature.minuend_scale
    return left - built[feature.subtrahend] * feature.subtrahend_scale
