"""Files of labels: what counts when they overlap, repeat and contradict one another."""

from dataclasses import replace
from datetime import UTC, date, datetime

import hypothesis
import polars as pl
import pytest
from hypothesis import strategies as st

from churn.errors import SourceError
from churn.monitoring.labels import given, matched, settled

AS_OF = datetime(2025, 6, 30, tzinfo=UTC)
COLUMNS = ["customer_id", "snapshot_date", "is_churn", "known_at"]


def file(*rows):
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def read(*files):
    return given({f"{i}.csv": one for i, one in enumerate(files)})


def good(*files):
    found = settled(read(*files).rows, as_of=AS_OF)
    return found, found.good.select("customer_id", "is_churn").rows()


def reasons(found):
    rows = found.quarantined.select("table", "row_number", "reasons").rows()
    return [(table, number, *why) for table, number, why in rows]


def test_what_is_said_twice_counts_once():
    one = file(("a", "2025-05-01", "true", "2025-06-01"))
    two = file(("a", "2025-05-01", "1", "2025-06-01"), ("b", "2025-05-01", "no", None))

    found, rows = good(one, two, two)

    assert rows == [("a", True), ("b", False)]
    assert found.quarantined.is_empty()


def test_what_was_known_last_counts():
    stayed = ("a", "2025-05-01", "false", "2025-06-01")
    left = ("a", "2025-05-01", "true", "2025-06-02T12:00:00Z")

    _, rows = good(file(left, stayed), file(("a", "2025-05-01", "false", None)))

    assert rows == [("a", True)]


def test_of_a_contradiction_neither_side_counts():
    older = ("a", "2025-05-01", "false", "2025-05-20")
    rows = [("a", "2025-05-01", word, "2025-06-01") for word in ("true", "false")]

    found, kept = good(file(older), file(*rows))

    assert kept == []
    assert reasons(found) == [
        ("1.csv", 0, "is_churn|contradicted"),
        ("1.csv", 1, "is_churn|contradicted"),
    ]


def test_a_row_that_cannot_be_read_is_quarantined_where_it_stands():
    found = read(
        file(("a", "2025-05-01", "true", None)),
        file(
            ("b", "01/05/2025", "true", None),
            ("c", "2025-05-01", "perhaps", None),
            (None, "2025-05-01", "true", None),
            ("d", "2025-05-01", None, None),
        ),
    )

    assert found.rows["customer_id"].to_list() == ["a"]
    assert reasons(found) == [
        ("1.csv", 0, "snapshot_date|dtype"),
        ("1.csv", 1, "is_churn|dtype"),
        ("1.csv", 2, "customer_id|nullability"),
        ("1.csv", 3, "is_churn|nullability"),
    ]


def test_what_was_not_known_yet_is_counted_and_left_out():
    found, kept = good(file(("a", "2025-05-01", "true", "2025-07-01")))

    assert (kept, found.n_later, len(found.quarantined)) == ([], 1, 0)


def test_a_file_without_times_needs_no_column_for_them():
    rows = file(("a", "2025-05-01", "true", None)).drop("known_at")

    assert good(rows)[1] == [("a", True)]


def test_a_missing_column_is_named_with_the_nearest():
    rows = file().rename({"is_churn": "churn"})

    with pytest.raises(SourceError, match=r"0.csv: column is_churn is missing.*churn"):
        given({"0.csv": rows})


@pytest.mark.parametrize(
    ("others", "of_others", "quarantined"),
    [
        (
            [],
            0,
            [
                ("0.csv", 1, "snapshot_date|not_scored"),
                ("0.csv", 2, "customer_id|never_scored"),
            ],
        ),
        ([date(2025, 5, 2)], 1, [("0.csv", 2, "customer_id|never_scored")]),
        ([date(2025, 5, 1), date(2025, 5, 2)], 2, []),
    ],
    ids=["one version", "another the day after", "another every day"],
)
def test_labels_of_nobody_who_was_scored_are_quarantined_unless_another_version_scored(
    others, of_others, quarantined
):
    found, _ = good(
        file(
            ("a", "2025-05-01", "true", None),
            ("a", "2025-05-02", "true", None),
            ("z", "2025-05-01", "true", None),
        )
    )
    named = replace(found, good=found.good.with_columns(customer="customer_id"))
    scored = named.good.head(1).select("customer", "snapshot_date")

    kept = matched(named, scored, others)

    assert kept.good["customer_id"].to_list() == ["a"]
    assert (sorted(reasons(kept)), kept.n_of_others) == (quarantined, of_others)


LABEL = st.tuples(
    st.sampled_from("ab"),
    st.sampled_from(["2025-05-01", "2025-05-02"]),
    st.sampled_from(["true", "false", "?"]),
    st.sampled_from([None, "2025-05-20", "2025-06-01", "2025-07-01"]),
)


@hypothesis.settings(max_examples=15)
@hypothesis.given(st.lists(LABEL, max_size=12), st.randoms())
def test_neither_order_nor_repetition_of_files_changes_what_counts(rows, rng):
    shuffled = rng.sample(rows, len(rows))
    half = len(rows) // 2

    once = settled(given({"a": file(*rows)}).rows, as_of=AS_OF)
    parts = {"a": shuffled[:half], "b": shuffled[half:], "c": rows}
    files = {name: file(*part) for name, part in parts.items()}
    again = settled(given(files).rows, as_of=AS_OF)

    key = ["customer_id", "snapshot_date", "is_churn", "known_at"]
    assert again.good.select(key).sort(key).equals(once.good.select(key).sort(key))
