"""What must not move any declared feature of any data set by a bit.

Not the future, whatever is done to it; not the order of rows; not other customers;
not who else is asked about. The past moves each of them, or it would prove nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

import polars as pl
import pytest

from churn.contracts import validate
from churn.dataset import Dataset, RawTable
from churn.eligibility import eligible_spine, feature_rows
from churn.snapshots import (
    build_snapshots,
    midnight,
    snapshot_features,
)
from datasets.catalogue import load
from datasets.subscriptions.simulate import Simulation, simulate
from storage.files import FileSource
from tests import real_data
from tests.churn.features.comparison import generated
from tests.churn.features.histories import in_one_query
from tests.every_kind import BUSINESS

Frames = dict[str, pl.DataFrame]
PLAN = Simulation(3, 400, 240, date(2024, 1, 1), None)
KEY = pl.col("customer_id")
OTHERS = 10**12
OTHER_VALUES = {
    pl.Int64(): pl.lit(7_777_777),
    pl.Float64(): pl.lit(1e300),
    pl.String(): pl.lit("☂"),
    pl.Boolean(): pl.lit(value=True),
}


@dataclass(frozen=True)
class World:
    """A business, its good rows and the snapshots of one day."""

    dataset: Dataset
    frames: Frames
    day: date
    spine: pl.DataFrame
    features: pl.DataFrame


def subscriptions() -> tuple[Dataset, Frames, date]:
    dataset = load("subscriptions")
    frames, _ = simulate(PLAN)
    return dataset, validate(dataset.tables, frames).good, date(2024, 6, 29)


def online_retail() -> tuple[Dataset, Frames, date]:
    dataset = load("online_retail")
    (good,) = read("online_retail", "online_retail/online_retail.parquet").values()
    customers = good["customer_id"].drop_nulls().unique().sort().gather_every(10)
    some = good.filter(KEY.is_in(customers.implode()) | KEY.is_null())
    return dataset, dict.fromkeys(dataset.tables, some), date(2011, 8, 1)


def every_kind() -> tuple[Dataset, Frames, date]:
    frames, _ = in_one_query(generated(7, range(400)), shuffle_seed=1)
    return BUSINESS, frames, date(2024, 3, 2)


def read(name: str, file: str) -> Frames:
    """The good rows of a data set of one table."""
    dataset = load(name)
    path = real_data.path(file)
    (table,) = dataset.tables
    raw = FileSource(str(path)).read(path.stem)
    return validate(dataset.tables, {table: raw}).good


@cache
def world(business: Callable[[], tuple[Dataset, Frames, date]]) -> World:
    dataset, frames, day = business()
    spine = eligible_spine(dataset, frames, [day])
    features = snapshot_features(dataset, frames, spine)
    return World(dataset, frames, day, spine, features)


BUSINESSES = [subscriptions, online_retail, every_kind]
with_events = pytest.mark.parametrize("business", BUSINESSES)


def is_future(table: RawTable, day: date) -> pl.Expr:
    """Rows that nobody could have known at the snapshot."""
    known = table.known()
    if known is None:
        return pl.lit(value=False)
    happened = pl.col(str(table.event_time)).dt.convert_time_zone("UTC")
    return (known > midnight(day)) | (happened > midnight(day))


def times(table: RawTable) -> list[str]:
    return [name for name in (table.event_time, table.known_at) if name is not None]


def deleted(frame: pl.DataFrame, table: RawTable, which: pl.Expr) -> pl.DataFrame:
    return frame.filter(~which)


def doubled(frame: pl.DataFrame, table: RawTable, which: pl.Expr) -> pl.DataFrame:
    return pl.concat([frame, frame.filter(which), frame.filter(which)])


def altered(frame: pl.DataFrame, table: RawTable, which: pl.Expr) -> pl.DataFrame:
    """Everything else these rows say, replaced."""
    kept = {*times(table), table.event_id, "customer_id"}
    return frame.with_columns(
        pl.when(which).then(OTHER_VALUES[kind]).otherwise(name).alias(name)
        for name, kind in frame.schema.items()
        if name not in kept and kind in OTHER_VALUES
    )


def claimed(frame: pl.DataFrame, table: RawTable, which: pl.Expr) -> pl.DataFrame:
    """They turn into corrections of other events, and belong to other customers."""
    names = ["customer_id", *([table.event_id] if table.event_id else [])]
    past = frame.filter(~which)
    if past.is_empty():
        return frame
    row = pl.int_range(pl.len()) % len(past)
    return frame.with_columns(
        pl.when(which)
        .then(past[name].gather(frame.select(row).to_series()))
        .otherwise(name)
        .alias(name)
        for name in names
    )


def delayed(frame: pl.DataFrame, table: RawTable, which: pl.Expr) -> pl.DataFrame:
    """They happen, and become known, even later."""
    return frame.with_columns(
        pl.when(which)
        .then(pl.col(name).dt.offset_by("400d"))
        .otherwise(name)
        .alias(name)
        for name in times(table)
    )


@with_events
@pytest.mark.parametrize("change", [deleted, doubled, altered, claimed, delayed])
def test_features_know_nothing_of_what_happens_or_becomes_known_later(
    business: Callable[[], tuple[Dataset, Frames, date]],
    change: Callable[[pl.DataFrame, RawTable, pl.Expr], pl.DataFrame],
) -> None:
    before = world(business)
    tables = before.dataset.tables

    frames = {
        name: change(frame, tables[name], is_future(tables[name], before.day))
        for name, frame in before.frames.items()
    }

    assert changed(before.frames, frames) >= later_tables(before)
    assert eligible_spine(before.dataset, frames, [before.day]).equals(before.spine)
    assert moved(before, frames) == set()


@with_events
def test_the_past_moves_every_feature(
    business: Callable[[], tuple[Dataset, Frames, date]],
) -> None:
    before = world(business)
    tables = before.dataset.tables

    frames = {
        name: frame.filter(is_future(tables[name], before.day))
        for name, frame in before.frames.items()
    }

    assert before.spine.height > 100
    assert moved(before, frames) == {f.name for f in before.dataset.features}


@with_events
def test_the_order_of_rows_moves_nothing(
    business: Callable[[], tuple[Dataset, Frames, date]],
) -> None:
    before = world(business)

    frames = {name: shuffled(frame) for name, frame in before.frames.items()}

    assert changed(before.frames, frames) == set(frames)
    assert moved(before, frames) == set()


@with_events
def test_other_customers_move_nothing(
    business: Callable[[], tuple[Dataset, Frames, date]],
) -> None:
    before = world(business)

    frames = {
        name: pl.concat([others(frame, before.dataset.tables[name]), frame])
        for name, frame in before.frames.items()
    }

    assert changed(before.frames, frames) == set(frames)
    assert moved(before, frames) == set()


@with_events
def test_who_else_is_asked_about_moves_nothing(
    business: Callable[[], tuple[Dataset, Frames, date]],
) -> None:
    before = world(business)
    spine = before.spine
    later = spine.with_columns(pl.col("snapshot_date").dt.offset_by("9d"))
    parts = [spine.head(7), spine.slice(7, 50).reverse(), spine.slice(57)]

    built = [snapshot_features(before.dataset, before.frames, part) for part in parts]
    among = snapshot_features(
        before.dataset, before.frames, pl.concat([later, spine, spine])
    )

    whole = bits(before.features)
    assert bits(pl.concat([built[0], built[1].reverse(), built[2]])) == whole
    assert bits(among.slice(len(later), len(spine))) == whole
    assert bits(among.slice(len(later) + len(spine))) == whole


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("telco", "telco/Telco-Customer-Churn.csv"),
        ("bank", "bank/BankChurners.csv"),
    ],
)
def test_in_a_table_neither_the_order_of_rows_nor_other_customers_move_anything(
    name: str, file: str
) -> None:
    dataset, frames = load(name), read(name, file)
    ((table, frame),) = frames.items()
    more = pl.concat([others(frame.head(9), dataset.tables[table]), shuffled(frame)])

    before, after = (
        build_snapshots(
            dataset, {table: rows}, None, as_of=datetime(2024, 1, 1, tzinfo=UTC)
        )
        for rows in (frame, more)
    )

    known = after.filter(KEY.is_in(before["customer_id"].implode()))
    assert (len(before), len(after)) == (len(frame), len(frame) + 9)
    assert bits(known) == bits(before)


def others(frame: pl.DataFrame, table: RawTable) -> pl.DataFrame:
    """The same rows again, of other customers and about other events."""
    ids = [] if table.event_id is None else [pl.col(table.event_id) + OTHERS]
    return frame.with_columns(KEY + "'", *ids)


def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sample(fraction=1.0, shuffle=True, seed=5)


def later_tables(before: World) -> set[str]:
    """Tables with rows that come too late for the snapshot; almost all have some."""
    return {
        name
        for name, table in before.dataset.tables.items()
        if before.frames[name].filter(is_future(table, before.day)).height
    }


def changed(before: Frames, after: Frames) -> set[str]:
    return {name for name, frame in before.items() if not frame.equals(after[name])}


def moved(before: World, frames: Frames) -> set[str]:
    """Names of the features that have another value for any snapshot."""
    then = bits(before.features)
    now = bits(snapshot_features(before.dataset, frames, before.spine))
    return {f.name for f in before.dataset.features if then[f.name] != now[f.name]}


def bits(frame: pl.DataFrame) -> dict[str, list[str]]:
    """Every value as text that tells it from all others."""
    return {column.name: list(map(repr, column)) for column in frame}


def test_what_becomes_known_later_moves_nothing_through_validation_either():
    dataset, frames, day = subscriptions()
    later = (
        frames["customers"]
        .head(1)
        .with_columns(
            country=pl.lit("PL"),
            event_time=pl.col("known_at").max() + timedelta(days=400),
            known_at=pl.col("known_at").max() + timedelta(days=401),
        )
    )
    changed = frames | {"customers": pl.concat([frames["customers"], later])}

    checked = validate(dataset.tables, changed)

    assert checked.quarantined.is_empty()
    then = feature_rows(dataset, frames, [day])
    assert feature_rows(dataset, checked.good, [day]).equals(then)
