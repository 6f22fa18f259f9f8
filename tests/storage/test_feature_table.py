"""The feature table: a date is there as a whole, as it was or as it became."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from polars.testing import assert_frame_equal

from churn.eligibility import feature_rows
from churn.errors import ConfigError
from churn.features.fingerprint import fingerprints
from churn.snapshots import SnapshotPlan
from storage.delta import TABLES_URL, TableError
from storage.feature_table import FeatureTable, fill, stored_features
from tests.businesses import BUSINESS, moment, purchases
from tests.conftest import CHECKOUT
from tests.storage.filling import DAYS, frames

DAY, NEXT = date(2024, 2, 1), date(2024, 2, 11)
FRAMES = {
    "purchases": purchases(
        (1, "b", "2024-01-20", "2024-01-20", 100, "web"),
        (2, "a", "2024-01-25", "2024-01-25", 200, "web"),
        (3, "c", "2024-02-05", "2024-02-05", 300, "shop"),
    )
}
PLAN = SnapshotPlan(DAY, 10, lead_time_days=5, horizon_days=5)
AS_OF = moment("2024-02-25")


@pytest.fixture
def url(tmp_path):
    return str(tmp_path / "our tables" / "features")


def filled(url, *, frames=FRAMES, dates=(DAY, NEXT), business=BUSINESS):
    table = FeatureTable(url, business)
    return table, dict(fill(table, business, frames, dates))


def test_what_is_stored_comes_back_equal(url):
    table, _ = filled(url)

    found = FeatureTable(url, BUSINESS).read([NEXT, DAY])

    assert_frame_equal(found, feature_rows(BUSINESS, FRAMES, [DAY, NEXT]))
    assert FeatureTable(url, BUSINESS).dates() == table.dates()
    assert table.dates() == fingerprints(BUSINESS, FRAMES, [DAY, NEXT])


def test_a_table_that_was_never_written_is_empty(url):
    table = FeatureTable(url, BUSINESS)

    assert (table.version, table.dates(), table.count([DAY])) == (None, {}, 0)
    assert table.read([DAY]).schema == feature_rows(BUSINESS, FRAMES, [DAY]).schema


def test_a_date_comes_in_parts_too_and_no_other_date_with_it(url):
    table, _ = filled(url)

    parts = list(table.parts(NEXT, n_rows=2))

    assert [len(part) for part in parts] == [2, 1]
    assert_frame_equal(pl.concat(parts), table.read([NEXT]))
    assert list(FeatureTable(f"{url}-not", BUSINESS).parts(DAY, n_rows=2)) == []


def test_a_date_is_replaced_and_no_other(url):
    table, _ = filled(url)
    one = feature_rows(BUSINESS, FRAMES, [DAY]).head(1)

    table.replace(DAY, one, "other")

    assert table.version == 2
    assert (table.count([DAY]), table.count([NEXT])) == (1, 3)
    assert table.dates()[DAY] == "other"


def test_the_version_before_is_still_there(url):
    table, _ = filled(url)
    table.replace(DAY, table.read([DAY]).head(1), "other")

    before = DeltaTable(url, version=1).to_pyarrow_table()

    assert before.num_rows == 5


def test_dates_that_rest_on_the_same_rows_are_left_as_they_are(url):
    table, first = filled(url)
    again, second = filled(url)

    assert (list(first), second) == ([DAY, NEXT], {})
    assert again.version == table.version


def test_a_new_row_rebuilds_the_dates_that_see_it(url):
    filled(url)
    late = purchases((4, "c", "2024-02-03", "2024-02-04", 5, "web"))
    more = {"purchases": pl.concat([FRAMES["purchases"], late])}

    table, built = filled(url, frames=more)

    assert list(built) == [NEXT]
    assert_frame_equal(
        table.read([DAY, NEXT]), feature_rows(BUSINESS, more, [DAY, NEXT])
    )


def test_a_date_on_which_nobody_is_eligible_has_no_rows(url):
    empty = {"purchases": FRAMES["purchases"].head(0)}

    untouched, _ = filled(url, frames=empty)
    assert untouched.version is None

    filled(url)
    table, built = filled(url, frames=empty)
    assert built == {DAY: 0, NEXT: 0}
    assert table.dates() == {}


def test_rows_of_another_date_are_refused_and_not_shown(url):
    table, _ = filled(url)

    with pytest.raises(TableError, match="expected rows of 2024-02-01 alone") as caught:
        table.replace(DAY, table.read([NEXT]), "x")

    assert "customer" not in str(caught.value)
    assert table.version == 1


def test_of_two_runs_that_replace_a_date_one_is_told_so(url):
    filled(url)
    ours, theirs = FeatureTable(url, BUSINESS), FeatureTable(url, BUSINESS)
    ours.replace(DAY, ours.read([DAY]), "ours")

    with pytest.raises(TableError, match="another run wrote the same rows"):
        theirs.replace(DAY, theirs.read([DAY]), "theirs")

    assert FeatureTable(url, BUSINESS).dates()[DAY] == "ours"


def test_two_runs_that_replace_different_dates_do_not_meet(url):
    filled(url)
    ours, theirs = FeatureTable(url, BUSINESS), FeatureTable(url, BUSINESS)
    ours.replace(DAY, ours.read([DAY]), "ours")
    theirs.replace(NEXT, theirs.read([NEXT]), "theirs")

    found = FeatureTable(url, BUSINESS).dates()

    assert found == {DAY: "ours", NEXT: "theirs"}


def with_features(*features):
    return replace(BUSINESS, features=features)


OTHER_SCHEMAS = {
    "has a column older_purchases of its own": with_features(*BUSINESS.features[:-1]),
    "has no column more; nearest is": with_features(
        *BUSINESS.features, replace(BUSINESS.features[0], name="more")
    ),
    "expected column mean_cents as Int64, found Float64": with_features(
        *(
            replace(f, aggregate="max") if f.name == "mean_cents" else f
            for f in BUSINESS.features
        )
    ),
}


@pytest.mark.parametrize("message", OTHER_SCHEMAS)
def test_a_table_of_other_features_is_told_by_column_with_a_way_out(url, message):
    business = OTHER_SCHEMAS[message]
    filled(url)

    with pytest.raises(TableError) as caught:
        filled(url, business=business)

    told = str(caught.value)
    assert message.removesuffix(" nearest is") in told
    assert told.endswith(f"keep it in another folder or delete {url}")
    assert FeatureTable(url, BUSINESS).version == 1


def test_a_table_of_something_else_is_told(url):
    write_deltalake(url, pl.DataFrame({"snapshot_date": [DAY], "n": [1]}))

    with pytest.raises(TableError, match="has no column built_from"):
        FeatureTable(url, BUSINESS).dates()


def test_a_missing_file_of_the_table_is_told_in_one_line(url):
    table, _ = filled(url)
    for path in (CHECKOUT / url).rglob("*.parquet"):
        path.unlink()

    with pytest.raises(TableError, match="cannot be used") as caught:
        table.read([DAY])

    assert "\n" not in str(caught.value)


def test_the_stack_s_store_holds_a_table_a_data_set(tmp_path):
    table = FeatureTable.of(BUSINESS, environ={TABLES_URL: f"{tmp_path}/tables/"})

    assert table.url == f"{tmp_path}/tables/features/tiny"
    with pytest.raises(ConfigError, match="names no tables"):
        FeatureTable.of(BUSINESS, environ={})


def stored(folder, business=BUSINESS, frames=FRAMES, plan=PLAN):
    environ = {TABLES_URL: str(folder)} if folder else {}
    return stored_features(business, frames, plan, as_of=AS_OF, environ=environ)


def test_training_finds_the_dates_that_rest_on_its_rows(tmp_path):
    table, _ = filled(f"{tmp_path}/features/tiny")

    found = stored(tmp_path)

    assert found.description == "version 1"
    assert_frame_equal(found.rows, table.read([DAY, NEXT]))


def test_training_on_other_rows_finds_only_the_dates_that_do_not_see_them(tmp_path):
    filled(f"{tmp_path}/features/tiny")

    found = stored(tmp_path, frames={"purchases": FRAMES["purchases"].head(2)})

    assert found.rows["snapshot_date"].unique().to_list() == [DAY]


def test_training_with_other_features_leaves_the_table_alone(tmp_path):
    filled(f"{tmp_path}/features/tiny")

    found = stored(tmp_path, business=with_features(*BUSINESS.features[:-1]))

    assert (found.rows, found.description) == (None, "none")


def test_without_a_store_or_dates_nothing_is_stored(tmp_path):
    assert stored(None).rows is None
    assert stored(tmp_path, plan=None).rows is None
    assert stored(tmp_path).rows is None


def kill_after(lines, url):
    """Start to fill the table with other rows; kill it some lines later, at once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.filling", url, "3"],
        cwd=CHECKOUT,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    told = [process.stdout.readline().strip() for _ in range(lines)]
    time.sleep(0.007)
    process.send_signal(signal.SIGKILL)
    with process:
        return [*told, *process.stdout.read().split()]


@pytest.mark.long
@pytest.mark.parametrize("lines", [0, 1, 7])
def test_a_killed_run_leaves_every_date_whole_and_the_next_one_ends_it(url, lines):
    before, after = frames(1), frames(3)
    filled(url, frames=before, dates=DAYS)
    was = feature_rows(BUSINESS, before, DAYS)
    becomes = feature_rows(BUSINESS, after, DAYS)

    told = kill_after(lines, url)

    table = FeatureTable(url, BUSINESS)
    new = [day for day in DAYS if table.dates()[day] == wanted(after)[day]]
    old = [day for day in DAYS if table.dates()[day] == wanted(before)[day]]
    assert sorted([*new, *old]) == DAYS
    assert len(old) > 0
    assert {date.fromisoformat(text) for text in told} <= set(new)
    assert_frame_equal(
        table.read(new), becomes.filter(pl.col("snapshot_date").is_in(new))
    )
    assert_frame_equal(table.read(old), was.filter(pl.col("snapshot_date").is_in(old)))

    resumed = dict(fill(table, BUSINESS, after, DAYS))

    assert sorted(resumed) == old
    assert_frame_equal(table.read(DAYS), becomes)


def wanted(business_frames):
    return fingerprints(BUSINESS, business_frames, DAYS)


def test_the_latest_row_of_a_customer_is_of_the_last_date_they_were_on(url):
    table = FeatureTable(url, BUSINESS)
    table.replace(DAY, feature_rows(BUSINESS, FRAMES, [DAY]), "old")
    newer = feature_rows(BUSINESS, FRAMES, [NEXT]).filter(pl.col("customer_id") == "c")
    table.replace(NEXT, newer, "new")

    latest = table.latest([DAY, NEXT]).select("customer_id", "snapshot_date")

    assert latest.rows() == [("a", DAY), ("b", DAY), ("c", NEXT)]


def test_a_date_on_which_nobody_is_eligible_makes_no_version(url):
    table, _ = filled(url)
    before = table.version

    table.replace(date(1999, 1, 1), feature_rows(BUSINESS, FRAMES, []), "nobody")

    assert table.version == before
