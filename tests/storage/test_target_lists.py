"""A run's list, from the score table to the page, the file and the CRM."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from churn.batch.record import SCORES, Scored
from churn.batch.summary import list_change, worth
from churn.monitoring.documents import day_document
from storage.crm import CRM_URL, CrmError
from storage.daily import DailyDocuments
from storage.delta import TABLES_URL, TableError
from storage.exports import EXPORTS_URL
from storage.score_table import ScoreTable
from storage.target_lists import export, listed
from tests import batch_runs
from tests.batch_runs import DAY, ECONOMICS, SCORED_AT, on, scores, yesterday
from tests.day_rows import counted
from tests.snapshot_rows import rows as snapshots

NOBODY = pl.DataFrame(schema={"customer_id": pl.String(), "reason": pl.String()})


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {
        TABLES_URL: str(tmp_path / "tables"),
        EXPORTS_URL: str(tmp_path / "exports"),
        CRM_URL: f"sqlite:///{tmp_path}/crm.db",
    }


def stored(environ, rows: pl.DataFrame) -> Scored:
    """Keep these as the scores of their date; returns the run's record."""
    run = batch_runs.scored(rows)
    whole = rows.select(*SCORES).cast(SCORES)
    table(environ).write(run.snapshot_date, [whole], run.origin, NOBODY)
    return run


def table(environ) -> ScoreTable:
    return ScoreTable.of("shop", environ=environ)


def in_crm(tmp_path: Path) -> list[str]:
    with sqlite3.connect(tmp_path / "crm.db") as database:
        found = database.execute("SELECT customer_id FROM targets ORDER BY rank")
        return [name for (name,) in found]


def test_a_list_is_held_against_the_newest_earlier_date(environ):
    rows, before = scores(300), yesterday(250)
    older = before.with_columns(snapshot_date=pl.lit(DAY - timedelta(days=9)))
    newer = rows.with_columns(snapshot_date=pl.lit(DAY + timedelta(days=1)))
    for frame in (older, before, newer):
        stored(environ, frame)
    run = stored(environ, rows)

    found = listed(table(environ), run, environ=environ)

    expected = batch_runs.listed(rows, before)
    assert replace(found, groups=()) == replace(expected, groups=())
    assert found.change == list_change(rows, before)
    assert found.worth == worth(on(rows), ECONOMICS)


def test_the_first_list_has_none_to_be_held_against(environ):
    run = stored(environ, scores(30))

    found = listed(table(environ), run, environ=environ)

    assert (found.before, found.change, found.groups) == (None, None, ())


def test_groups_are_those_of_the_day_s_profile_of_this_version(environ):
    run = stored(environ, scores(30))
    frame = snapshots(90, seed=4)
    profile = counted(frame, day=DAY)
    kept = DailyDocuments.of("profiles/shop", environ=environ)
    other = {"batch:6": day_document(counted(frame.head(9), day=DAY))}
    mine = {"batch:7": day_document(profile)}
    kept.put(DAY, mine | other, written_at=SCORED_AT)

    found = listed(table(environ), run, environ=environ).groups

    sizes = dict(frame["region"].fill_null("(missing)").value_counts().rows())
    assert {one.group: one.n for one in found} == sizes
    assert {one.name for one in found} == {"by_region"}
    assert sum(one.n_worth for one in found) == profile.scores.n_contacted.sum()
    total = sum(one.n * one.mean_probability for one in found)
    assert total == pytest.approx(profile.scores.p_sum.sum())
    assert [one.n for one in found] == sorted(sizes.values(), reverse=True)


def test_the_list_goes_to_a_file_and_to_the_crm(environ, tmp_path):
    rows = scores(300)
    run = stored(environ, rows)

    done = export(table(environ), "shop", run, environ=environ)

    names = on(rows)["customer_id"].to_list()
    assert done.n_customers == len(names)
    assert pl.read_csv(done.csv)["customer_id"].to_list() == names
    assert in_crm(tmp_path) == names
    assert done.crm == f"sqlite:///{tmp_path}/crm.db"


@pytest.mark.parametrize("absent", [{CRM_URL}, {EXPORTS_URL}, {CRM_URL, EXPORTS_URL}])
def test_a_stack_that_names_no_such_place_has_no_list_there(environ, tmp_path, absent):
    run = stored(environ, scores(300))
    fewer = {name: url for name, url in environ.items() if name not in absent}

    done = export(table(environ), "shop", run, environ=fewer)

    assert (done.crm is None) == (CRM_URL in absent)
    assert (done.csv is None) == (EXPORTS_URL in absent)
    assert (tmp_path / "crm.db").exists() == (CRM_URL not in absent)
    assert (tmp_path / "exports").exists() == (EXPORTS_URL not in absent)


def test_a_crm_that_is_down_leaves_the_file_and_takes_the_list_next_time(
    environ, tmp_path
):
    run = stored(environ, scores(300))
    down = environ | {CRM_URL: "postgresql+psycopg://ada@127.0.0.1:1/crm"}

    file = tmp_path / f"exports/targets/shop/{DAY}.csv"
    with pytest.raises(CrmError, match=f"refused.*; as CSV it is in {file}$"):
        export(table(environ), "shop", run, environ=down)
    with pytest.raises(CrmError, match="same run again brings the list$"):
        export(table(environ), "shop", run, environ={**down, EXPORTS_URL: ""})
    written = file.read_bytes()
    done = export(table(environ), "shop", run, environ=environ)

    assert Path(done.csv).read_bytes() == written
    assert len(in_crm(tmp_path)) == done.n_customers > 0


def test_a_run_whose_scores_were_replaced_hands_on_nothing(environ, tmp_path):
    run = stored(environ, scores(300))
    later = SCORED_AT + timedelta(hours=1)
    stored(environ, scores(300, seed=3, scored_at=later))
    told = "replaced at 2026-03-02 02:30:00 UTC"

    with pytest.raises(TableError, match=told):
        listed(table(environ), run, environ=environ)
    with pytest.raises(TableError, match=told):
        export(table(environ), "shop", run, environ=environ)

    assert not (tmp_path / "exports").exists()
    assert not (tmp_path / "crm.db").exists()
