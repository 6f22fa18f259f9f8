"""A date's scores: whole, counted, the same again, and never another date's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from shutil import copytree

import dataframely as dy
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from churn.batch.record import HAS_LEFT
from churn.dataset import Dataset, RawTable
from churn.errors import NotEnoughDataError, QuarantineLimitError
from churn.features.declarations import Column
from churn.features.engine import DUCKDB
from churn.monitoring.documents import read_day
from churn.snapshots import midnight
from storage import batch_run
from storage.batch_run import Run, score_and_store, store_current
from storage.daily import DailyDocuments
from storage.delta import TableError
from storage.feature_table import FeatureTable
from storage.score_table import ScoreTable
from storage.scored_rows import Sample, scored_rows
from storage.served import Period
from tests.businesses import BUSINESS
from tests.killed_batches import killed
from tests.storage.scoring_dates import (
    DAYS,
    HOW,
    MODEL,
    N_BAD,
    N_CUSTOMERS,
    environment,
    fitted,
    frames,
    score,
)

pytestmark = pytest.mark.long

DAY = DAYS[0]
N_KILLS = 10
SAID_NEW = ["scored_at"]


class People(dy.Schema):
    customer_id = dy.String(primary_key=True)
    age = dy.Int64()
    left = dy.Bool(nullable=True)


@pytest.fixture(scope="module")
def first_night(tmp_path_factory):
    """Where a date was scored once, what the run said of it, and what it rests on."""
    folder = tmp_path_factory.mktemp("night")
    done = score(fitted(), 1, DAY, environment(folder))
    return folder, done, *stored(environment(folder))


@pytest.fixture
def night(first_night, tmp_path):
    """The same night in a folder of its own, and another run of it."""
    folder, _, current, rows = first_night
    copytree(folder, tmp_path / "night")
    return environment(tmp_path / "night"), a_run(current, rows)


def scores(environ, day):
    return ScoreTable.of(MODEL, environ=environ).read(day)


def profiles(environ):
    kept = DailyDocuments.of(f"profiles/{MODEL}", environ=environ)
    return kept.read(date(2024, 1, 1), date(2024, 12, 31))


def stored(environ, *, day=DAY, factor=1):
    return store_current(
        BUSINESS,
        frames(factor),
        as_of=midnight(day) + timedelta(hours=7),
        data_version=str(factor),
        engine=DUCKDB,
        environ=environ,
    )


def a_run(current, rows):
    return Run(
        dataset=BUSINESS,
        current=current,
        table_customers=rows,
        model=MODEL,
        version="1",
        bundle=fitted(),
        scored_at=datetime.now(UTC),
    )


def score_anew(run, environ, max_quarantined_share=0.02):
    return score_and_store(
        run, HOW, max_quarantined_share=max_quarantined_share, environ=environ
    )


def test_everybody_is_scored_or_put_aside_and_counted_for_monitoring(first_night):
    folder, done, _, _ = first_night

    table = ScoreTable.of(MODEL, environ=environment(folder))
    assert (done.n_rows, done.n_scored) == (N_CUSTOMERS, N_CUSTOMERS - N_BAD)
    assert table.quarantined(DAY)["customer_id"].to_list() == [
        "C0000",
        "C0001",
        "C0002",
    ]
    assert done.quarantined_because == {table.quarantined(DAY)["reason"][0]: N_BAD}
    assert (done.n_listed, done.n_explained) == (39, 39)  # a tenth of 397
    ((day, key, profile),) = [
        (kept.day, kept.key, read_day(kept.document))
        for kept in profiles(environment(folder))
    ]
    assert (day, key, profile.n) == (DAY, "batch:1", done.n_scored)
    assert profile.quality["quarantined"] == N_BAD
    assert profile.scores.n_contacted.sum() == done.n_contacted


def test_scored_is_the_newest_midnight_and_stored_features_are_used_again(first_night):
    _, done, again, rows = first_night

    assert (again.snapshot_date, again.n_rows) == (DAY, N_CUSTOMERS)
    assert not again.is_built
    assert again.feature_version == done.origin.feature_version
    assert rows.is_empty()


def test_features_of_other_data_are_built_and_no_run_scores_those_it_did_not_ask_for(
    night,
):
    environ, run = night
    before = scores(environ, DAY)

    other, _ = stored(environ, factor=2)

    assert other.is_built
    assert other.feature_version != run.current.feature_version
    with pytest.raises(TableError, match="were replaced while this run was about to"):
        score_anew(run, environ)
    assert_frame_equal(scores(environ, DAY), before)


def test_scored_again_a_date_is_the_same_but_for_when(night):
    environ, run = night
    before, documents = scores(environ, DAY), profiles(environ)

    score_anew(run, environ)

    after = scores(environ, DAY)
    assert before["scored_at"].max() < after["scored_at"].min()
    assert_frame_equal(before.drop(SAID_NEW), after.drop(SAID_NEW), check_exact=True)
    assert [d.document for d in profiles(environ)] == [d.document for d in documents]


def test_another_versions_scores_take_the_profile_with_them(night):
    environ, run = night

    score_anew(replace(run, version="2"), environ)

    assert [kept.key for kept in profiles(environ)] == ["batch:2"]
    assert set(scores(environ, DAY)["model_version"]) == {"2"}


def test_a_date_on_which_nobody_is_a_customer_is_told(tmp_path):
    with pytest.raises(
        NotEnoughDataError, match="no customer is eligible on 2023-01-01"
    ):
        stored(environment(tmp_path), day=date(2023, 1, 1))


def test_with_too_many_put_aside_the_scores_stay_as_they_were(night):
    environ, run = night
    before = scores(environ, DAY)

    with pytest.raises(QuarantineLimitError, match="3 of 400 customers cannot"):
        score_anew(run, environ, max_quarantined_share=0.001)

    assert_frame_equal(scores(environ, DAY), before)


def test_a_part_that_is_lost_on_the_way_is_noticed(night, monkeypatch):
    environ, run = night
    before, parts = scores(environ, DAY), FeatureTable.parts
    monkeypatch.setattr(batch_run, "PART_ROWS", 300)
    monkeypatch.setattr(
        FeatureTable, "parts", lambda *a, **kw: list(parts(*a, **kw))[:1]
    )

    with pytest.raises(TableError, match="which is not all of them"):
        score_anew(run, environ)

    assert_frame_equal(scores(environ, DAY), before)


def test_rows_of_a_table_without_times_are_scored_as_they_are(night):
    environ, run = night
    rows = FeatureTable.of(BUSINESS, environ=environ).read([DAY])
    valued = rows.with_columns(customer_value=pl.lit(50.0))
    table = replace(BUSINESS, kind="table", eligible=None, label=None)

    done = score_anew(replace(run, dataset=table, table_customers=valued), environ, 0)

    assert (done.n_scored, done.n_quarantined) == (N_CUSTOMERS, 0)
    assert set(scores(environ, DAY)["customer_value_eur"]) == {50.0}


@pytest.mark.parametrize(
    ("said", "expected"),
    [({"left": [True, None, False]}, [False, False, True]), ({}, [False] * 3)],
)
def test_a_tables_own_column_says_who_has_left_already(tmp_path, said, expected):
    people = pl.DataFrame({"customer_id": ["c", "b", "a"], "age": [9, 8, 7]} | said)
    age = Column(name="age_years", column="age", unit="years", meaning="Their age.")
    table = Dataset(
        name="people",
        kind="table",
        tables={"people": RawTable(schema=People, customer=True)},
        features=(age,),
        customer_value="age",
        churn_column="left",
    )

    _, rows = store_current(
        table,
        {"people": people},
        as_of=midnight(DAY),
        data_version="1",
        engine=DUCKDB,
        environ=environment(tmp_path),
    )

    assert rows["customer_id"].to_list() == ["a", "b", "c"]
    assert rows[HAS_LEFT].to_list() == expected


def test_who_has_left_is_counted_and_not_listed(night):
    environ, run = night
    rows = FeatureTable.of(BUSINESS, environ=environ).read([DAY])
    left = pl.int_range(pl.len()) % 2 == 0
    known = rows.with_columns(
        pl.lit(50.0).alias("customer_value"), left.alias(HAS_LEFT)
    )
    table = replace(BUSINESS, kind="table", eligible=None, label=None)

    done = score_anew(replace(run, dataset=table, table_customers=known), environ, 0)

    gone = known.filter(left)["customer_id"].implode()
    told = scores(environ, DAY).filter(pl.col("customer_id").is_in(gone))
    assert done.n_left == len(told) == N_CUSTOMERS // 2
    assert set(told.select("decision", "rank").rows()) == {("no_contact", 0)}
    assert 0 < done.n_contacted <= N_CUSTOMERS // 2
    (profile,) = [read_day(kept.document) for kept in profiles(environ)]
    looked_at = scored_rows(
        BUSINESS,
        "1",
        Period(DAY, DAY),
        Sample(None, 1000),
        model=MODEL,
        environ=environ,
    )
    n_answers = int((scores(environ, DAY)["expected_net_value_eur"] > 0).sum())
    assert looked_at["is_contacted"].sum() == n_answers > done.n_contacted
    assert profile.scores.n_contacted.sum() == n_answers


@pytest.mark.long
def test_killed_at_any_moment_nothing_is_lost_doubled_or_stale(tmp_path):
    looked_at = list(killed(tmp_path, seed=6, n_points=N_KILLS))

    assert len(looked_at) == N_KILLS
