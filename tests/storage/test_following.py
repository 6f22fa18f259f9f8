"""Scores of a batch and of a server, followed to what became of the customers."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from churn.dataset import Label
from churn.errors import SourceError
from churn.monitoring.following import Looked, OutcomePlan
from churn.snapshots import SnapshotPlan, midnight
from churn.tables import Tables
from storage.following import NO_LABELS, follow
from storage.labels import check_label_files
from storage.predictions.record import CUSTOMER_KEY
from storage.scored_rows import Sample
from storage.served import Period
from tests.businesses import BUSINESS, purchases
from tests.served_logs import answers, take_in
from tests.snapshot_rows import rows
from tests.storage.predictions.records import feedback
from tests.storage.scoring_dates import (
    DAYS,
    MODEL,
    N_BAD,
    N_CUSTOMERS,
    environment,
    fitted,
    frames,
    score,
)

pytestmark = pytest.mark.long

T = DAYS[0]
AS_OF = midnight(date(2024, 4, 10))
PLAN = OutcomePlan(most_rows=100_000, label_days=60)
WINDOW = SnapshotPlan(T, 30, lead_time_days=0, horizon_days=20)
LOOKED = Looked(
    version="1",
    first_day=T,
    last_day=AS_OF.date(),
    first_followed_day=T - timedelta(days=1),
    n_followed=2 * N_CUSTOMERS,
    notes=(),
)
NOTHING = Tables({}, "no source")


@pytest.fixture(scope="module")
def model():
    return fitted()


@pytest.fixture(scope="module")
def batches(tmp_path_factory, model):
    """Two dates of a batch, scored for real."""
    folder = tmp_path_factory.mktemp("scored")
    for day in DAYS:
        score(model, 1, day, environment(folder))
    return folder


@pytest.fixture
def scored(batches):
    """Where nobody gave a label yet."""
    shutil.rmtree(batches / "tables" / "labels", ignore_errors=True)
    return environment(batches)


def followed(environ, *paths, tables=NOTHING, plan=PLAN, looked=LOOKED, model=MODEL):
    return follow(
        BUSINESS,
        tables,
        [str(path) for path in paths],
        looked,
        plan,
        WINDOW,
        model=model,
        as_of=AS_OF,
        environ=environ,
    )


def write(path, *lines):
    path.write_text("\n".join(["customer_id,snapshot_date,is_churn,known_at", *lines]))
    return path


def churners(found):
    known = found.outcomes.filter(pl.col("is_churn").is_not_null())
    return sorted(known.select("customer", "snapshot_date", "is_churn").rows())


def test_raw_tables_tell_of_every_score_once_its_window_has_closed(scored):
    found = followed(scored, tables=Tables(frames(1), "simulated"))

    # Nobody bought again, so that everybody churned.
    assert Counter(found.outcomes["is_churn"]) == {True: 2 * (N_CUSTOMERS - N_BAD)}
    assert found.labelling.sources == ("simulated",)
    assert found.labelling.notes == ()
    assert set(found.outcomes["elapsed_days"]) == {50, 45}
    assert Counter(found.outcomes["slice__shop"]) == Counter({"web": 528, "shop": 266})


def test_who_left_within_the_lead_time_is_counted_and_said(scored):
    exits = purchases((9_999, "C0010", "2024-02-28", "2024-02-28", 0, "exit"))
    tables = {"purchases": pl.concat([frames(1)["purchases"], exits])}
    exit_ = Label(table="purchases", where="shop = 'exit'", outcome="occurs")

    found = follow(
        replace(BUSINESS, label=exit_),
        Tables(tables, "simulated"),
        [],
        LOOKED,
        PLAN,
        replace(WINDOW, lead_time_days=10),
        model=MODEL,
        as_of=AS_OF,
        environ=scored,
    )

    # Scored on both dates, and gone within ten days of either.
    assert found.labelling.n_scores == 2 * (N_CUSTOMERS - N_BAD) - 2
    assert found.labelling.notes[0].startswith(
        "2 scores of customers who left within the lead time, too soon"
    )


def test_without_labels_it_is_said_where_they_come_from(scored):
    found = followed(scored)

    assert len(found.outcomes) == 2 * (N_CUSTOMERS - N_BAD)
    assert found.labelling.n_known == 0
    assert found.labelling.notes == (NO_LABELS,)


def test_label_files_count_and_what_does_not_is_quarantined_and_told(scored, tmp_path):
    one = write(
        tmp_path / "one.csv",
        f"C0010,{T},true,2024-03-20",
        f"C0011,{T},false,",
        f"NOBODY,{T},true,",
        f"NOBODY,{T},true,",
        "C0012,2024-02-21,true,",
        "C0013,yesterday,true,",
    )
    two = tmp_path / "two.parquet"
    pl.DataFrame(
        {
            "customer_id": ["C0010", "C0011"],
            "snapshot_date": [T, T],
            "is_churn": [False, False],
            "known_at": [AS_OF - timedelta(days=30), None],
        }
    ).write_parquet(two)

    found = followed(scored, one, two, one)

    assert churners(found) == [("C0010", T, True), ("C0011", T, False)]
    told = found.labelling
    assert (told.sources, told.n_known, told.n_read) == (("label files",), 2, 8)
    assert told.quarantined_because == {
        "snapshot_date|dtype": 1,
        "customer_id|never_scored": 1,
        "snapshot_date|not_scored": 1,
    }
    assert "3 rows of label files quarantined" in told.notes[0]
    assert f"(the newest dates scored: {DAYS[0]}, {DAYS[1]})" in told.notes[0]
    # Told once; no later look need hear of them again.
    again = followed(scored)
    assert (again.labelling.n_known, again.labelling.n_quarantined) == (2, 0)


def test_what_was_given_once_is_known_to_later_looks_and_settled_with_theirs(
    scored, tmp_path
):
    first = write(tmp_path / "1.csv", f"C0010,{T},true,", f"C0011,{T},true,2024-04-20")
    later = write(tmp_path / "2.csv", f"C0010,{T},false,", f"C0012,{T},false,")
    last = write(tmp_path / "3.csv", f"C0010,{T},false,2024-03-30")

    given = followed(scored, first)
    without = followed(scored)
    contradicted = followed(scored, later)
    corrected = followed(scored, last)

    assert churners(given) == churners(without) == [("C0010", T, True)]
    # Of the other it was not known yet as of the look.
    assert "1 row of label files left out, not known yet" in without.labelling.notes[0]
    assert churners(contradicted) == [("C0012", T, False)]
    assert contradicted.labelling.quarantined_because == {"is_churn|contradicted": 2}
    assert set(contradicted.quarantined["table"]) == {str(first), str(later)}
    assert churners(corrected) == [("C0010", T, False), ("C0012", T, False)]


def test_labels_of_other_days_than_those_looked_at_are_counted_told_and_kept(
    scored, tmp_path
):
    far, near = T - timedelta(days=400), DAYS[1]
    path = write(tmp_path / "1.csv", f"C0010,{far},true,", f"C0011,{near},true,")
    narrow = replace(LOOKED, last_day=T)

    found, again = followed(scored, path, looked=narrow), followed(scored)

    assert churners(found) == []
    days = f"{narrow.first_followed_day} to {T}"
    left_out = f"2 rows of label files left out, of other days than {days}"
    assert found.labelling.notes == (
        NO_LABELS,
        f"{left_out}: kept for looks at those",
    )
    assert churners(again) == [("C0011", near, True)]


def test_labels_of_customers_whom_another_version_scored_are_told_not_quarantined(
    scored, tmp_path
):
    path = write(tmp_path / "1.csv", f"C0010,{T},true,", f"NOBODY,{T},true,")

    found = followed(scored, path, looked=replace(LOOKED, version="2"))

    assert found.outcomes.is_empty()
    assert found.labelling.n_quarantined == 0
    assert "2 rows of label files left out, of customers" in found.labelling.notes[1]


def test_customers_are_found_by_the_hash_that_the_log_calls_them(tmp_path, model):
    environ = environment(tmp_path) | {
        CUSTOMER_KEY: "env:KEY",
        "KEY": "0123456789abcdef",
    }
    score(model, 1, T, environ)
    labels = write(tmp_path / "labels.csv", f"C0010,{T},true,")

    found = followed(environ, labels, tables=Tables(frames(1), "simulated"))

    assert found.labelling.n_quarantined == 0
    assert not found.outcomes["customer"].str.starts_with("C").any()
    assert found.labelling.n_known == N_CUSTOMERS - N_BAD


def test_what_a_server_was_told_counts_for_requests_of_one_customer(tmp_path):
    at = midnight(T) + timedelta(hours=9)
    kept = answers(rows(4, seed=8), at, version="1")
    shared = answers(rows(2, seed=9), at, version="1", request_id="both")
    told = [
        feedback(one.request_id, truth=truth)
        for one, truth in zip(kept[:3], (1, 0, 7), strict=True)
    ]
    take_in(tmp_path, [*kept, *shared, *told, feedback("both")], T)
    environ = environment(tmp_path) | {
        "HOLDFAST_PREDICTIONS_URL": str(tmp_path / "predictions")
    }

    found = followed(environ, model="invented")

    assert [one[2] for one in churners(found)] == [True, False]
    assert found.labelling.sources == ("feedback",)


def test_of_too_many_scores_a_fixed_sample_is_followed_and_said(scored, tmp_path):
    labels = write(tmp_path / "labels.csv", *(f"C{n:04},{T},true," for n in range(400)))
    plan = OutcomePlan(most_rows=1000, label_days=60)
    looked = replace(LOOKED, n_followed=51_000, last_day=T)

    found = followed(scored, labels, plan=plan, looked=looked)
    again = followed(scored, labels, plan=plan, looked=looked)

    assert 0 < len(found.outcomes) < 80
    assert found.outcomes.equals(again.outcomes)
    assert found.labelling.n_known == len(found.outcomes)
    # Of the customers who are not followed nobody is taken for unknown.
    assert set(found.labelling.quarantined_because) <= {"customer_id|never_scored"}
    assert found.labelling.n_quarantined < N_BAD + 1
    assert "one day in 7" in found.labelling.notes[0]


def test_a_sample_of_days_keeps_the_newest():
    period = Period(date(2024, 1, 1), date(2024, 1, 30))

    sample = Sample.of(30_000, period, 2_000)

    assert sorted(sample.days) == [date(2024, 1, day) for day in (2, 9, 16, 23, 30)]
    assert sample.n_kept == 400
    assert Sample.of(2_000, period, 2_000).sentence == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("customer_id,date,is_churn\n", "column snapshot_date is missing"),
        ('customer_id,snapshot_date,is_churn\n"a', None),
        (None, "no file or folder"),
    ],
)
def test_a_file_that_is_none_is_refused_before_anything_runs(tmp_path, content, reason):
    path = tmp_path / "labels.csv"
    if content is not None:
        path.write_text(content)

    if reason is None:
        check_label_files([str(path)])
        with pytest.raises(SourceError, match="quote that is never closed"):
            followed(environment(tmp_path), path)
    else:
        with pytest.raises(SourceError, match=reason):
            check_label_files([str(path)])
