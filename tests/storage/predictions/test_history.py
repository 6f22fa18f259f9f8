"""What was logged comes back as frames, from a moment on."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from storage.objects import open_objects
from storage.predictions.compact import compact
from storage.predictions.history import feedback, predictions, shadow, with_values
from storage.predictions.record import Record, encode
from storage.predictions.tables import SCHEMAS
from tests.storage.predictions import records
from tests.storage.predictions.records import AT_US, prediction, shadow_score

START = datetime(1970, 1, 1, tzinfo=UTC)
AT = START + timedelta(microseconds=AT_US)
MODEL = "churn"


@pytest.fixture
def url(tmp_path) -> str:
    return str(tmp_path / "our predictions")


def keep(url: str, *kept: Record, name: str = "20251113T021300000000Z-w1") -> None:
    store = open_objects(f"{url}/{MODEL}", environ={})
    store.put(f"segments/{name}-0123456789ab.jsonl", encode(kept))
    compact(url, MODEL, environ={})


def test_before_anything_was_answered_there_are_no_rows_but_the_columns(url):
    for read, table in (
        (predictions, "predictions"),
        (shadow, "shadow"),
        (feedback, "feedback"),
    ):
        rows = read(url, MODEL, since=START)

        assert (rows.height, rows.schema) == (0, SCHEMAS[table])


def test_answers_come_in_the_order_they_were_given_from_a_moment_on(url):
    late, middle, early = (prediction(str(n), at_us=AT_US + n) for n in (2, 1, 0))
    keep(url, late, early)
    keep(url, middle, name="20251113T021300000001Z-w2")

    found = predictions(url, MODEL, since=AT + timedelta(microseconds=1))

    assert found["request_id"].to_list() == ["1", "2"]
    assert found.schema == SCHEMAS["predictions"]
    assert len(predictions(url, MODEL, since=START)) == 3


def test_a_row_that_the_shadow_scored_twice_counts_once_as_it_was_first(url):
    first = shadow_score("r", probability=0.1)
    again = shadow_score("r", probability=0.2, at_us=AT_US + 5)
    other = shadow_score("r", row=1, at_us=AT_US + 9)
    later = shadow_score("r", version="5", at_us=AT_US + 9)
    keep(url, again, first, other, later)

    found = shadow(url, MODEL, since=START)

    assert found["probability"].to_list() == [0.1, 0.36, 0.36]


def test_feedback_is_found(url):
    keep(url, records.feedback("r", truth=0.0, reward=2.5))

    (row,) = feedback(url, MODEL, since=START).to_dicts()

    assert (row["request_id"], row["truth"], row["reward"]) == ("r", 0.0, 2.5)


def test_values_become_columns_of_the_types_asked_for(url):
    values = [
        {"tenure": 4, "charges": 70, "plan": "null", "is_new": True, "more": 1},
        {"tenure": None, "charges": 0.1 + 0.2, "plan": None, "is_new": False},
        {"tenure": 5.0, "charges": 1e300},
        {"tenure": "s", "charges": True, "plan": 3, "is_new": "x"},
    ]
    keep(url, *(prediction("r", row, values=one) for row, one in enumerate(values)))
    schema = {
        "tenure": pl.Int64(),
        "charges": pl.Float64(),
        "plan": pl.String(),
        "is_new": pl.Boolean(),
    }

    found = with_values(predictions(url, MODEL, since=START), schema)

    expected = pl.DataFrame(
        {
            "tenure": [4, None, 5, None],
            "charges": [70.0, 0.1 + 0.2, 1e300, None],
            "plan": ["null", None, None, "3"],
            "is_new": [True, False, None, None],
        }
    )
    assert_frame_equal(found.select(list(schema)), expected, check_exact=True)
    assert "values" not in found.columns


def test_values_of_no_rows_are_columns_too(url):
    found = with_values(predictions(url, MODEL, since=START), {"tenure": pl.Int64()})

    assert (found.height, found.schema["tenure"]) == (0, pl.Int64)
