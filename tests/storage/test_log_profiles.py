"""The prediction log, counted by the days its rows were scored on."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from churn.errors import NotEnoughDataError
from churn.monitoring.following import OutcomePlan
from storage.log_profiles import count_log, profile_table
from storage.looking import Look, look_at, version_days
from storage.served import Period, ServedLog
from tests.businesses import BUSINESS
from tests.day_rows import assert_alike, bundle, counted
from tests.served_logs import MODEL, answers, environment, take_in
from tests.snapshot_rows import FEATURES, rows

DATASET = replace(BUSINESS, features=FEATURES, slices={"by_region": "region"})
DAY = date(2025, 6, 3)
AT = datetime(2025, 6, 3, 10, tzinfo=UTC)
NEXT = timedelta(days=1)
PERIOD = Period(date(2025, 6, 1), date(2025, 6, 5))
LOOK = Look(
    dataset=DATASET,
    model=MODEL,
    version="3",
    as_of=AT + 2 * NEXT,
    window_days=3,
    outcomes=OutcomePlan(1000, 30),
    snapshots=None,
)


def bundle_of(version):
    return bundle() if version == "3" else None


def count(folder):
    environ = environment(folder)
    log = ServedLog.of(MODEL, environ)
    table = profile_table(MODEL, environ=environ)
    return count_log(log, table, DATASET, bundle_of, PERIOD, now=AT)


def days(folder):
    return version_days(MODEL, "3", PERIOD, environ=environment(folder))


def test_the_days_of_the_log_are_counted_as_their_rows_were(tmp_path):
    first, second = rows(60, seed=8), rows(40, seed=9)
    take_in(tmp_path, [*answers(first, AT), *answers(second, AT + NEXT)], DAY)

    done = count(tmp_path)

    assert (done.n_parts, done.n_rows, done.n_uncounted) == (2, 100, 0)
    for found, frame, day in zip(
        days(tmp_path), (first, second), (DAY, DAY + NEXT), strict=True
    ):
        expected = counted(frame, day=day, source="log")
        told = replace(expected, model=MODEL, quality=found.quality)
        assert_alike(replace(found, customers=told.customers), told)
        assert found.customers.n_customers == len(frame)
        shown = {k: n for k, n in found.quality.items() if k != "failed"}
        assert shown == dict(expected.quality)


def test_a_day_is_counted_again_only_when_more_of_it_arrives(tmp_path):
    early, late = rows(30, seed=8), rows(20, seed=9)
    take_in(tmp_path, answers(early, AT), DAY)
    count(tmp_path)

    again = count(tmp_path)
    take_in(tmp_path, answers(late, AT + timedelta(hours=1)), DAY)
    more = count(tmp_path)
    take_in(tmp_path, answers(rows(5, seed=7), AT + timedelta(hours=2)), DAY + NEXT)
    shipped_late = count(tmp_path)

    assert (again.n_parts, more.n_rows, shipped_late.n_rows) == (0, 50, 5)
    assert [one.n for one in days(tmp_path)] == [55]


def test_a_row_belongs_to_the_day_of_its_features(tmp_path):
    looked_up = answers(rows(3, seed=8), AT, snapshot_date=DAY - NEXT)
    take_in(tmp_path, [*looked_up, *answers(rows(2, seed=9), AT + NEXT)], DAY)

    count(tmp_path)

    found = [(one.day, one.n) for one in days(tmp_path)]
    assert found == [(DAY - NEXT, 3), (DAY + NEXT, 2)]


def test_whom_nobody_named_are_customers_of_their_own(tmp_path):
    take_in(tmp_path, answers(rows(7, seed=8), AT, customer=None), DAY)

    count(tmp_path)

    assert days(tmp_path)[0].customers.n_customers == 7


def test_a_version_whose_bundle_is_gone_is_left_out_and_told(tmp_path):
    take_in(tmp_path, answers(rows(4, seed=8), AT, version="1"), DAY)
    take_in(tmp_path, answers(rows(6, seed=9), AT), DAY)

    looked = look_at(LOOK, bundle_of, now=AT, environ=environment(tmp_path))

    assert looked.n_followed == 6
    assert looked.notes == (
        "4 answers of versions whose bundles are gone: not counted",
    )


def test_of_a_segment_cut_in_half_the_whole_lines_count_and_the_rest_is_told(tmp_path):
    take_in(tmp_path, answers(rows(6, seed=8), AT), DAY, cut_bytes=40)

    looked = look_at(LOOK, bundle_of, now=AT, environ=environment(tmp_path))

    assert looked.n_followed == 5
    (note,) = looked.notes
    assert note == (
        "1 line of the prediction log cannot be read, as of a segment cut in half: "
        "kept in its table quarantine"
    )


def test_nobody_scored_in_the_window_says_when_somebody_was(tmp_path):
    old = AT - timedelta(days=9)
    take_in(tmp_path, answers(rows(2, seed=8), old), old.date())

    with pytest.raises(
        NotEnoughDataError,
        match=r"nobody from 2025-06-03 to 2025-06-05; scored last was 2025-05-25: give "
        r"--as-of 2025-05-25",
    ):
        look_at(LOOK, bundle_of, now=AT, environ=environment(tmp_path))


def test_nobody_scored_ever_says_what_scores(tmp_path):
    with pytest.raises(NotEnoughDataError, match=r"ever; `--pipeline batch_inference`"):
        look_at(LOOK, bundle_of, now=AT, environ=environment(tmp_path))


def test_scores_of_another_version_are_none_of_this_one(tmp_path):
    take_in(tmp_path, answers(rows(4, seed=8), AT, version="1"), DAY)

    with pytest.raises(NotEnoughDataError, match="another did"):
        look_at(LOOK, bundle_of, now=AT, environ=environment(tmp_path))
