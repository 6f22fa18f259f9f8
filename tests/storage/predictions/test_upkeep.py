"""Merging files changes no row, and is done only where there are many."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake.exceptions import CommitFailedError
from deltalake.table import TableOptimizer
from polars.testing import assert_frame_equal

from storage.delta import open_table
from storage.objects import open_objects
from storage.predictions import upkeep
from storage.predictions.compact import compact
from storage.predictions.history import predictions
from storage.predictions.record import encode
from storage.predictions.upkeep import merge_small_files
from tests.storage.predictions.records import prediction

START = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def url(tmp_path, monkeypatch) -> str:
    """A table with four files of one day and one of another."""
    url = str(tmp_path / "our predictions")
    store = open_objects(f"{url}/churn", environ={})
    for number, day in enumerate([13, 13, 13, 13, 14]):
        name = f"202511{day}T0213{number:08}Z-w1-0123456789ab"
        store.put(
            f"segments/{name}.jsonl",
            encode([prediction(str(number), customer="secret")]),
        )
        compact(url, "churn", environ={})
    monkeypatch.setattr(upkeep, "MOST_FILES", 3)
    return url


def merged(url: str) -> tuple[int, int]:
    """How many days were merged, and how many files there are now."""
    n_days = merge_small_files(open_table(f"{url}/churn/predictions"), "restore it")
    return n_days, len(open_table(f"{url}/churn/predictions").file_uris())


def test_the_files_of_a_crowded_day_become_one_and_no_row_changes(url):
    before = predictions(url, "churn", since=START)

    assert merged(url) == (1, 2)

    assert_frame_equal(predictions(url, "churn", since=START), before)
    assert merged(url) == (0, 2)
    logs = Path(url, "churn", "predictions", "_delta_log").glob("*.json")
    assert not any(b"secret" in path.read_bytes() for path in logs)


def test_a_segment_in_a_merged_file_is_known_to_be_there(url):
    merged(url)
    store = open_objects(f"{url}/churn", environ={})
    name = "20251113T021300000002Z-w1-0123456789ab"
    store.put(f"segments/{name}.jsonl", encode([prediction("2")]))

    assert compact(url, "churn", environ={}).n_rows["predictions"] == 0


def test_a_run_that_was_late_leaves_it_to_the_next(url, monkeypatch):
    def late(*_args: object, **_kwargs: object) -> None:
        raise CommitFailedError

    with monkeypatch.context() as patch:
        patch.setattr(TableOptimizer, "compact", late)
        assert merged(url) == (0, 5)

    assert merged(url) == (1, 2)
