"""The future moves no declared feature of any event data set by a bit."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from churn.contracts import validate
from churn.dataset import Dataset
from churn.snapshots import eligible_spine, midnight, snapshot_features
from datasets.catalogue import load
from datasets.subscriptions.simulate import Simulation, simulate
from storage.files import FileSource
from tests import real_data

Frames = dict[str, pl.DataFrame]
PLAN = Simulation(3, 400, 240, date(2024, 1, 1), None)


def subscriptions() -> tuple[Dataset, Frames, date]:
    dataset = load("subscriptions")
    frames, _ = simulate(PLAN)
    return dataset, validate(dataset.tables, frames).good, date(2024, 6, 29)


def online_retail() -> tuple[Dataset, Frames, date]:
    dataset = load("online_retail")
    path = real_data.path("online_retail/online_retail.parquet")
    (table,) = dataset.tables
    raw = FileSource(str(path)).read(path.stem)
    return dataset, validate(dataset.tables, {table: raw}).good, date(2011, 8, 1)


def deleted(frame: pl.DataFrame, is_future: pl.Expr) -> pl.DataFrame:
    return frame.filter(~is_future)


def altered(frame: pl.DataFrame, is_future: pl.Expr) -> pl.DataFrame:
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Int64]
    other = [
        pl.when(is_future).then(pl.col(name) + 7).otherwise(name).alias(name)
        for name in numbers
        if name != "event_id"
    ]
    return frame.with_columns(other)


def doubled(frame: pl.DataFrame, is_future: pl.Expr) -> pl.DataFrame:
    return pl.concat([frame, frame.filter(is_future)])


@pytest.mark.parametrize("business", [subscriptions, online_retail])
@pytest.mark.parametrize("change", [deleted, altered, doubled])
def test_features_know_nothing_of_what_happens_or_becomes_known_later(
    business: Callable[[], tuple[Dataset, Frames, date]],
    change: Callable[[pl.DataFrame, pl.Expr], pl.DataFrame],
) -> None:
    dataset, frames, day = business()
    spine = eligible_spine(dataset, frames, [day])
    changed = {}
    for name, table in dataset.tables.items():
        times = {table.event_time, table.known_at} - {None}
        later = [pl.col(time) > midnight(day) for time in sorted(map(str, times))]
        changed[name] = change(frames[name], pl.any_horizontal(later))

    then = snapshot_features(dataset, frames, spine)
    now = snapshot_features(dataset, changed, spine)

    assert spine.height > 100
    assert eligible_spine(dataset, changed, [day]).equals(spine)
    assert then.equals(now)


def test_the_past_does_move_them() -> None:
    dataset, frames, day = subscriptions()
    spine = eligible_spine(dataset, frames, [day])
    past = pl.col("event_time") <= midnight(day - timedelta(days=10))
    changed = frames | {"logins": frames["logins"].filter(past)}

    then = snapshot_features(dataset, frames, spine)

    assert not then.equals(snapshot_features(dataset, changed, spine))
