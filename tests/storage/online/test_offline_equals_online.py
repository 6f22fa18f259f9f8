"""What is read online is what was built offline, for every customer, to the bit."""

import dataclasses
from contextlib import closing
from datetime import date, timedelta

import polars as pl
import pytest

from churn.features.build import build_features
from churn.features.declarations import Attribute
from churn.snapshots import midnight, snapshot_features
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from tests.storage.online.contract import opened
from tests.storage.online.feature_rows import bits
from tests.storage.online.redis_server import redis_server

T = date(2024, 6, 1)
TTL_DAYS = {"plan": 40, "monthly_price_cents": 90}
FEATURES = tuple(
    dataclasses.replace(f, ttl_days=TTL_DAYS[f.name])
    if isinstance(f, Attribute) and f.name in TTL_DAYS
    else f
    for f in DATASET.features
)


@pytest.fixture(scope="module")
def frames():
    plan = Simulation(
        seed=7, n_customers=600, n_days=200, start=date(2024, 1, 1), shock_date=None
    )
    return simulate(plan)[0]


@pytest.fixture(scope="module")
def offline(frames):
    return built(frames, spine_of(frames, T))


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.server)])
def store(request, tmp_path):
    if request.param == "sqlite":
        with closing(opened(f"sqlite:///{tmp_path}/online.db")) as store:
            yield store
        return
    with (
        redis_server() as port,
        closing(opened(f"redis://127.0.0.1:{port}/0")) as store,
    ):
        yield store


def spine_of(frames, day):
    """Every customer there will ever be, eligible or not, at one date."""
    return frames["customers"].select("customer_id", pl.lit(day).alias("snapshot_date"))


def built(frames, spine):
    return build_features(FEATURES, DATASET.tables, frames, spine)


def seen_by_t(name, frame):
    """The rows of a table that had happened and were known at T."""
    table = DATASET.tables[name]
    if table.event_time is None:
        return frame
    return frame.filter(
        (pl.col(table.event_time) <= midnight(T)) & (table.known() <= midnight(T))
    )


def as_bits(values):
    return {name: bits(value) for name, value in values.items()}


def test_every_customer_is_read_as_built(offline, store):
    store.publish(offline.sample(fraction=1, shuffle=True, seed=1))

    online = store.read(offline["customer_id"].to_list(), at=midnight(T))

    names = [feature.name for feature in FEATURES]
    for row, answer in zip(offline.to_dicts(), online, strict=True):
        assert as_bits(answer.values) == as_bits({name: row[name] for name in names})
        assert (answer.customer_id, answer.snapshot_date) == (row["customer_id"], T)


def test_value_and_slices_are_read_as_built(frames, store):
    spine = spine_of(frames, T)
    offline = snapshot_features(DATASET, frames, spine)
    store.publish(offline)

    online = store.read(offline["customer_id"].to_list(), at=midnight(T))

    names = [name for name in offline.columns if name not in spine.columns]
    sent = [as_bits({name: row[name] for name in names}) for row in offline.to_dicts()]
    assert [as_bits(answer.values) for answer in online] == sent


@pytest.mark.parametrize("days", [1, 60])
def test_what_grew_old_since_is_missing_just_as_if_it_were_built_anew(
    frames, offline, store, days
):
    seen = {name: seen_by_t(name, frame) for name, frame in frames.items()}
    later = T + timedelta(days=days)
    store.publish(offline)

    online = store.read(
        frames["customers"]["customer_id"].to_list(), at=midnight(later)
    )

    anew = built(seen, spine_of(frames, later)).select(*TTL_DAYS)
    gone = 0
    for row, answer in zip(anew.to_dicts(), online, strict=True):
        assert {name: answer.values[name] for name in TTL_DAYS} == row
        assert all(answer.values[name] is None for name in answer.reasons)
        made_of_it = {"monthly_price_cents", "price_cents_per_session"}
        assert made_of_it & set(answer.reasons) in (set(), made_of_it)
        gone += len(answer.reasons)
    assert (gone > 0) or days == 1
