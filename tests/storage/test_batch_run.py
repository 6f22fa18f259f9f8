"""A date's scores: whole, counted, the same again, and never another date's."""

import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from churn.errors import NotEnoughDataError, QuarantineLimitError
from churn.features.engine import DUCKDB
from churn.monitoring.documents import read_day
from churn.snapshots import midnight
from storage import batch_run
from storage.batch_run import Run, score_and_store, store_current
from storage.daily import DailyDocuments
from storage.delta import TableError
from storage.feature_table import FeatureTable
from storage.score_table import ScoreTable
from tests.businesses import BUSINESS
from tests.conftest import CHECKOUT
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

DAY, NEXT = DAYS
N_KILLS = 50
SAID_NEW = ["scored_at"]


@pytest.fixture(scope="module")
def bundle():
    return fitted()


@pytest.fixture(scope="module")
def night(bundle, tmp_path_factory):
    """A date that was scored once, and what the run said of it."""
    environ = environment(tmp_path_factory.mktemp("night"))
    return environ, score(bundle, 1, DAY, environ)


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


def a_run(bundle, current, rows):
    return Run(
        dataset=BUSINESS,
        current=current,
        table_customers=rows,
        model=MODEL,
        version="1",
        bundle=bundle,
        scored_at=datetime(2024, 2, 20, 3, tzinfo=UTC),
    )


def test_everybody_is_scored_or_put_aside_and_counted_for_monitoring(night):
    environ, done = night

    table = ScoreTable.of(MODEL, environ=environ)
    assert (done.n_rows, done.n_scored) == (N_CUSTOMERS, N_CUSTOMERS - N_BAD)
    assert table.quarantined(DAY)["customer_id"].to_list() == [
        "C0000",
        "C0001",
        "C0002",
    ]
    assert done.quarantined_because == {table.quarantined(DAY)["reason"][0]: N_BAD}
    assert (done.n_listed, done.n_explained) == (39, 39)  # a tenth of 397
    ((day, key, profile),) = [
        (kept.day, kept.key, read_day(kept.document)) for kept in profiles(environ)
    ]
    assert (day, key, profile.n) == (DAY, "batch:1", done.n_scored)
    assert profile.quality["quarantined"] == N_BAD
    assert profile.scores.n_contacted.sum() == done.n_contacted


def test_scored_is_the_newest_midnight_and_stored_features_are_used_again(tmp_path):
    environ = environment(tmp_path)

    first, _ = stored(environ)
    again, rows = stored(environ)
    other, _ = stored(environ, factor=2)

    assert (first.snapshot_date, first.n_rows) == (DAY, N_CUSTOMERS)
    assert (first.is_built, again.is_built, other.is_built) == (True, False, True)
    assert again.feature_version == first.feature_version != other.feature_version
    assert rows.is_empty()


def test_scored_again_a_date_is_the_same_but_for_when(bundle, night):
    environ, _ = night
    before, documents = scores(environ, DAY), profiles(environ)

    score(bundle, 1, DAY, environ)

    after = scores(environ, DAY)
    assert before["scored_at"].max() < after["scored_at"].min()
    assert_frame_equal(before.drop(SAID_NEW), after.drop(SAID_NEW), check_exact=True)
    assert [d.document for d in profiles(environ)] == [d.document for d in documents]


def test_another_versions_scores_take_the_profile_with_them(bundle, tmp_path):
    environ = environment(tmp_path)
    for version in ("1", "2"):
        run = replace(a_run(bundle, *stored(environ)), version=version)
        score_and_store(run, HOW, max_quarantined_share=0.02, environ=environ)

    assert [kept.key for kept in profiles(environ)] == ["batch:2"]
    assert set(scores(environ, DAY)["model_version"]) == {"2"}


def test_a_date_on_which_nobody_is_a_customer_is_told(tmp_path):
    with pytest.raises(
        NotEnoughDataError, match="no customer is eligible on 2023-01-01"
    ):
        stored(environment(tmp_path), day=date(2023, 1, 1))


def test_features_that_were_replaced_meanwhile_are_not_scored(bundle, tmp_path):
    environ = environment(tmp_path)
    run = a_run(bundle, *stored(environ))
    stored(environ, factor=2)

    with pytest.raises(TableError, match="were replaced while this run was about to"):
        score_and_store(run, HOW, max_quarantined_share=0.02, environ=environ)

    assert ScoreTable.of(MODEL, environ=environ).dates() == ()


def test_with_too_many_put_aside_the_scores_stay_as_they_were(bundle, night):
    environ, _ = night
    before = scores(environ, DAY)
    run = a_run(bundle, *stored(environ))

    with pytest.raises(QuarantineLimitError, match="3 of 400 customers cannot"):
        score_and_store(run, HOW, max_quarantined_share=0.001, environ=environ)

    assert_frame_equal(scores(environ, DAY), before)


def test_a_part_that_is_lost_on_the_way_is_noticed(bundle, tmp_path, monkeypatch):
    environ = environment(tmp_path)
    run = a_run(bundle, *stored(environ))
    parts = FeatureTable.parts
    monkeypatch.setattr(batch_run, "PART_ROWS", 300)
    monkeypatch.setattr(
        FeatureTable, "parts", lambda *a, **kw: list(parts(*a, **kw))[:1]
    )

    with pytest.raises(TableError, match="which is not all of them"):
        score_and_store(run, HOW, max_quarantined_share=0.02, environ=environ)

    assert ScoreTable.of(MODEL, environ=environ).dates() == ()


def test_rows_of_a_table_without_times_are_scored_as_they_are(bundle, tmp_path):
    environ = environment(tmp_path)
    current, _ = stored(environ)
    rows = FeatureTable.of(BUSINESS, environ=environ).read([DAY])
    valued = rows.with_columns(customer_value=pl.lit(50.0))
    table = replace(BUSINESS, kind="table", eligible=None, label=None)
    run = replace(a_run(bundle, current, valued), dataset=table)

    done = score_and_store(run, HOW, max_quarantined_share=0, environ=environ)

    assert (done.n_scored, done.n_quarantined) == (N_CUSTOMERS, 0)
    assert set(scores(environ, DAY)["customer_value_eur"]) == {50.0}


@pytest.mark.long
def test_killed_at_any_of_fifty_moments_nothing_is_lost_doubled_or_stale(tmp_path):
    kept = fitted()
    (tmp_path / "bundle").mkdir()
    for name, content in kept.files.items():
        (tmp_path / "bundle" / name).write_bytes(content)
    environ, rng = environment(tmp_path), random.Random(6)  # noqa: S311 (moments)
    for day in DAYS:
        score(kept, 3, day, environ)
    longest = _killed_after(tmp_path, 3, None)
    known = {3}

    for kill in range(N_KILLS):
        factor = 1 + kill % 3
        known.add(factor)
        _killed_after(tmp_path, factor, rng.uniform(0, 1.05 * longest))
        for day in DAYS:
            _check_whole(environ, day, known)

        for day in DAYS:
            score(kept, factor, day, environ)
            assert _told_of(environ, day) == _undisturbed(factor, day)


def _killed_after(folder: Path, factor: int, seconds: float | None) -> float:
    """Start the program and kill it; returns how long it ran, once it was ready."""
    command = [sys.executable, "-m", "tests.storage.scoring_dates"]
    with subprocess.Popen(
        [*command, str(folder), str(factor)],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        started = time.monotonic()
        if seconds is not None:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
        process.wait(120)
        return time.monotonic() - started


def _check_whole(environ, day, known):
    """Whatever is there of a date is all of one run's, in every place."""
    table = ScoreTable.of(MODEL, environ=environ)
    rows = table.read(day)
    factor = int(rows["data_version"][0])
    assert rows["scored_at"].n_unique() == 1
    assert _scores_of(environ, day) == _undisturbed(factor, day)["scores"]
    assert len(table.quarantined(day)) == N_BAD
    lists = {json.dumps(_undisturbed(f, day)["list"]) for f in known}
    assert json.dumps(_listed_in_crm(environ, day)) in lists
    assert json.dumps(_listed_in_file(environ, day)) in lists


def _told_of(environ, day):
    """All that is there of a date, but for when it was scored."""
    in_crm = _listed_in_crm(environ, day)
    assert in_crm == _listed_in_file(environ, day)
    found = [kept.document for kept in profiles(environ) if kept.day == day]
    return {"scores": _scores_of(environ, day), "list": in_crm, "profiles": found}


@cache
def _undisturbed(factor, day):
    with TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        score(fitted(), factor, day, environ)
        return _told_of(environ, day)


def _scores_of(environ, day):
    return scores(environ, day).drop(SAID_NEW).rows()


def _listed_in_crm(environ, day):
    engine = sa.create_engine(environ["HOLDFAST_CRM_URL"], poolclass=sa.NullPool)
    query = f"SELECT * FROM targets WHERE snapshot_date = '{day}' ORDER BY rank"
    with engine.connect() as connection:
        rows = [row._mapping for row in connection.execute(sa.text(query))]
    assert len({row["scored_at"] for row in rows}) == 1
    return [_target(row) for row in rows]


def _listed_in_file(environ, day):
    path = Path(environ["HOLDFAST_EXPORTS_URL"], f"targets/tiny/{day}.csv")
    rows = pl.read_csv(path).sort("rank").to_dicts()
    assert len({row["scored_at"] for row in rows}) == 1
    return [_target(row) for row in rows]


def _target(row):
    return [row["customer_id"], row["rank"], row["probability"], row["reason_1"]]
