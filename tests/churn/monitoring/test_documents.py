import json

import pytest

from churn.errors import DataError
from churn.monitoring.documents import (
    day_document,
    read_day,
    read_scores,
    scores_document,
)
from churn.monitoring.scores import count_scores
from tests.churn.monitoring.test_scores import ECONOMICS, some_rows
from tests.day_rows import assert_alike, counted
from tests.snapshot_rows import rows, strangers


@pytest.mark.parametrize("n", [0, 1, 200])
def test_a_day_reads_back_as_it_was_written(n: int) -> None:
    profile = counted(strangers(n, seed=2), found={"quarantined": 3})

    text = day_document(profile)

    assert_alike(read_day(text), profile)
    assert day_document(read_day(text)) == text
    assert read_day(text).quality["quarantined"] == 3


def test_outcomes_are_kept_where_they_are_known() -> None:
    counts = count_scores(some_rows(80, seed=7), ECONOMICS)

    kept = read_scores(json.loads(json.dumps(scores_document(counts))))

    assert kept.is_labelled
    assert scores_document(kept) == scores_document(counts)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"grid": 1}', '{"grid":{"n_bins":64}}']
)
def test_what_is_no_day_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(DataError, match="count it again"):
        read_day(text)


@pytest.mark.parametrize("key", ["scores", "features", "customers", "day", "model"])
def test_a_day_with_a_gap_is_refused(key: str) -> None:
    document = json.loads(day_document(counted(rows(20, seed=1))))
    document[key] = {}
    del document[key]

    with pytest.raises(DataError, match="count it again"):
        read_day(json.dumps(document))


def test_no_customer_can_be_found_in_it() -> None:
    frame = rows(50, seed=1)

    text = day_document(counted(frame))

    assert not [c for c in frame["customer_id"] if c in text]
