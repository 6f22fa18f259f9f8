"""What monitoring found, kept by day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.health import health_table, last_health, put_health, read_health
from tests.healths import DAY, full_health

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def test_a_day_is_found_again_as_it_was_and_a_later_look_replaces_it(tmp_path):
    environ = {"HOLDFAST_TABLES_URL": str(tmp_path)}
    first, next_day = full_health(), full_health(as_of=DAY + timedelta(days=1))
    again = replace(first, sentence="Looked again.")
    for found in (first, next_day, again):
        put_health(found, written_at=NOW, environ=environ)

    kept = read_health("churn", DAY, DAY + timedelta(days=9), environ=environ)

    assert kept == [again, next_day]
    assert last_health("churn", until=DAY, environ=environ) == again
    before = DAY - timedelta(days=1)
    assert last_health("churn", until=before, environ=environ) is None


def test_what_cannot_be_read_any_more_is_left_out(tmp_path):
    environ = {"HOLDFAST_TABLES_URL": str(tmp_path)}
    table = health_table("churn", environ=environ)
    table.put(DAY, {"health": '{"model": "churn"}'}, written_at=NOW)

    assert read_health("churn", DAY, DAY, environ=environ) == []
