"""The score table: a date is there as a whole, as it was or as it became."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from polars.testing import assert_frame_equal

from churn.batch.record import SCORES, Origin
from churn.errors import ConfigError
from storage import score_table as module
from storage.delta import TABLES_URL, TableError
from storage.score_table import SCHEMA, ScoreTable
from tests.storage.s3_server import BUCKET

DAY, NEXT = date(2024, 3, 1), date(2024, 3, 2)
ORIGIN = Origin(
    model_version="4",
    bundle_sha256="b" * 64,
    feature_version="f",
    data_version="d",
    scored_at=datetime(2024, 3, 2, 2, 0, 0, 7, tzinfo=UTC),
)
NOBODY = pl.DataFrame(schema={"customer_id": pl.String(), "reason": pl.String()})
ONE = pl.DataFrame({"customer_id": ["x"], "reason": ["visits: too many"]})


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    return {TABLES_URL: str(tmp_path / "our tables")}


def opened(environ) -> ScoreTable:
    return ScoreTable.of("churn-shop", environ=environ)


def later(seconds: int) -> Origin:
    return replace(ORIGIN, scored_at=ORIGIN.scored_at + timedelta(seconds=seconds))


def rows(*names: str, probability: float = 0.25) -> pl.DataFrame:
    """The first of the named is on the target list."""
    n = len(names)
    return pl.DataFrame(
        {
            "customer_id": names,
            "probability": [probability] * n,
            "decile": [1] * n,
            "decision": ["contact"] + ["no_contact"] * (n - 1),
            "expected_net_value_eur": [7.5] + [-1.0] * (n - 1),
            "customer_value_eur": [120.0] * n,
            "rank": [1] + [0] * (n - 1),
            "reasons": [["Tenure: 3 days (raises)"]] + [None] * (n - 1),
        },
        schema=SCORES,
    )


def names(table: ScoreTable, day: date) -> list[str]:
    return table.read(day, ["customer_id"])["customer_id"].to_list()


def test_what_is_written_comes_back_equal_in_the_order_of_the_customers(environ):
    table = opened(environ)

    table.write(DAY, [rows("c", "a"), rows("b")], ORIGIN, ONE)

    found = opened(environ).read(DAY)
    expected = pl.concat([rows("c", "a"), rows("b")]).sort("customer_id")
    assert found.schema == pl.Schema(SCHEMA)
    assert_frame_equal(found.select(*SCORES), expected)
    assert found["snapshot_date"].unique().to_list() == [DAY]
    assert found.select(*vars(ORIGIN)).unique().row(0, named=True) == vars(ORIGIN)
    assert table.quarantined(DAY).rows() == [("x", "visits: too many")]
    assert (table.dates(), table.version) == ((DAY,), 1)


def test_columns_come_in_the_order_asked_for_and_sorted_by_customer(environ):
    opened(environ).write(DAY, [rows("b", "a")], ORIGIN, NOBODY)

    found = opened(environ).read(DAY, ["rank", "decision"])

    assert found.columns == ["rank", "decision"]
    assert found.rows() == [(0, "no_contact"), (1, "contact")]


def test_a_table_that_was_never_written_is_empty_and_reading_makes_none(environ):
    table = opened(environ)

    assert (table.dates(), table.version) == ((), 0)
    assert table.read(DAY).schema == pl.Schema(SCHEMA)
    assert table.listed(DAY).is_empty()
    assert table.quarantined(DAY).is_empty()
    assert not Path(environ[TABLES_URL]).exists()


def test_a_stack_without_tables_is_told():
    with pytest.raises(ConfigError, match="HOLDFAST_TABLES_URL is not set"):
        opened({})


def test_a_date_is_replaced_as_a_whole_and_no_other(environ):
    table = opened(environ)
    table.write(DAY, [rows("a", "b", "c")], ORIGIN, ONE)
    table.write(NEXT, [rows("d")], later(1), ONE)

    # A late run of the older date.
    opened(environ).write(DAY, [rows("a", probability=0.5)], later(2), NOBODY)

    table = opened(environ)
    assert (names(table, DAY), names(table, NEXT)) == (["a"], ["d"])
    assert table.read(DAY, ["probability"]).item() == 0.5
    assert (len(table.quarantined(DAY)), len(table.quarantined(NEXT))) == (0, 1)
    assert table.read(NEXT)["scored_at"].item() == later(1).scored_at


def test_the_list_comes_the_first_to_contact_first(environ):
    table = opened(environ)
    table.write(DAY, [rows("b", "a"), rows("z").with_columns(rank=2)], ORIGIN, NOBODY)

    found = table.listed(DAY)

    assert found.select("customer_id", "rank").rows() == [("b", 1), ("z", 2)]
    assert found["reasons"].to_list() == [["Tenure: 3 days (raises)"]] * 2


def test_of_two_runs_of_a_date_the_later_commit_says_so_and_leaves_nothing(environ):
    for moment, day in enumerate([DAY, NEXT, DAY]):  # new dates, and one that is there
        first, second = opened(environ), opened(environ)
        first.write(day, [rows("a", "b")], later(2 * moment), NOBODY)

        with pytest.raises(TableError, match="another run wrote the same rows"):
            second.write(day, [rows("c")], later(2 * moment + 1), ONE)

        table = opened(environ)
        assert names(table, day) == ["a", "b"]
        assert table.quarantined(day).is_empty()


def test_of_many_runs_at_once_one_wins_whole(environ):
    def run(number: int) -> str | None:
        table = opened(environ)
        mine = [f"{number}-{i}" for i in range(20)]
        aside = ONE.with_columns(customer_id=pl.lit(str(number)))
        try:
            table.write(DAY, [rows(*mine[:9]), rows(*mine[9:])], later(number), aside)
        except TableError:
            return None
        return str(number)

    with ThreadPoolExecutor(4) as pool:
        won = [name for name in pool.map(run, range(5)) if name]

    table = opened(environ)
    winners = {name.partition("-")[0] for name in names(table, DAY)}
    assert len(names(table, DAY)) == 20
    assert len(winners) == 1
    assert winners <= set(won)
    assert set(table.quarantined(DAY)["customer_id"]) == winners


def test_two_runs_of_different_dates_at_once_both_stay(environ):
    first, second = opened(environ), opened(environ)

    first.write(DAY, [rows("a")], ORIGIN, NOBODY)
    second.write(NEXT, [rows("b")], later(1), NOBODY)

    assert opened(environ).dates() == (DAY, NEXT)


def test_who_was_put_aside_by_a_run_whose_scores_never_came_does_not_show(
    environ, monkeypatch
):
    table = opened(environ)
    table.write(DAY, [rows("a")], ORIGIN, ONE)

    with monkeypatch.context() as patch:
        patch.setattr(ScoreTable, "_commit", _killed)
        other = ONE.with_columns(customer_id=pl.lit("y"))
        with pytest.raises(KeyboardInterrupt):
            opened(environ).write(DAY, [rows("b")], later(1), other)

    table = opened(environ)
    assert (names(table, DAY), table.quarantined(DAY).rows()) == (["a"], ONE.rows())
    table.write(DAY, [rows("b")], later(2), ONE)
    left = DeltaTable(table.quarantine_url).to_pyarrow_table()
    assert left["scored_at"].to_pylist() == [later(2).scored_at]


def _killed(*_):
    raise KeyboardInterrupt


def test_what_breaks_off_while_rows_are_made_leaves_the_date_as_it_was(environ):
    opened(environ).write(DAY, [rows("a")], ORIGIN, NOBODY)

    def broken():
        yield rows("b")
        raise RuntimeError("so")

    with pytest.raises(Exception, match="so"):
        opened(environ).write(DAY, broken(), later(1), NOBODY)

    assert names(opened(environ), DAY) == ["a"]


def test_the_tables_log_names_no_customer(environ):
    opened(environ).write(DAY, [rows("the-customer")], ORIGIN, ONE)

    logs = [p for p in Path(environ[TABLES_URL]).rglob("*.json") if p.is_file()]

    assert len(logs) >= 4
    for log in logs:
        assert "the-customer" not in log.read_text()
        assert '\\"x\\"' not in log.read_text()


def test_files_long_replaced_and_those_of_killed_runs_are_removed(environ, monkeypatch):
    monkeypatch.setattr(module, "KEPT_HOURS", 0)
    vacuum = DeltaTable.vacuum
    monkeypatch.setattr(
        DeltaTable,
        "vacuum",
        lambda self, **kw: vacuum(self, enforce_retention_duration=False, **kw),
    )
    table = opened(environ)
    for moment in range(2):
        table.write(DAY, [rows("a", "b")], later(moment), ONE)
    orphan = Path(table.url, f"snapshot_date={DAY}", "part-of-nothing.parquet")
    orphan.write_bytes(b"left by a killed run")

    table.write(NEXT, [rows("a", "b")], later(9), ONE)

    files = [p.parent.name for p in Path(table.url).rglob("*.parquet")]
    assert sorted(files) == [f"snapshot_date={DAY}", f"snapshot_date={NEXT}"]
    assert (names(table, DAY), names(table, NEXT)) == (["a", "b"], ["a", "b"])


def test_a_table_of_other_columns_is_refused_by_name(environ):
    url = f"{environ[TABLES_URL]}/scores/churn-shop"
    write_deltalake(url, pl.DataFrame({"customer_id": ["a"]}).to_arrow())

    with pytest.raises(TableError, match="has no column snapshot_date"):
        opened(environ)


@pytest.mark.server
def test_in_a_bucket_a_date_is_replaced_and_of_two_runs_one_wins(s3, monkeypatch):
    # The tables' library reads the environment itself.
    for variable, value in s3.items():
        monkeypatch.setenv(variable, value)
    environ = s3 | {TABLES_URL: f"s3://{BUCKET}/our tables"}
    opened(environ).write(DAY, [rows("a", "b")], ORIGIN, ONE)
    first, second = opened(environ), opened(environ)
    first.write(DAY, [rows("c")], later(1), NOBODY)

    with pytest.raises(TableError, match="another run wrote the same rows"):
        second.write(DAY, [rows("d")], later(2), NOBODY)

    table = opened(environ)
    assert (names(table, DAY), table.dates()) == (["c"], (DAY,))
    assert table.quarantined(DAY).is_empty()
