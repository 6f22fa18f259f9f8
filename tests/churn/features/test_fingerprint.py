"""A date's fingerprint: the same for the same visible rows, another for any other."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from churn.dataset import RawTable
from churn.features.fingerprint import fingerprints
from tests.businesses import BUSINESS, PURCHASES, Purchases, moment, purchases

DAYS = [date(2024, 2, 1), date(2024, 3, 1)]
ROWS = [
    (1, "a", "2024-01-20", "2024-01-20", 100, "web"),
    (2, "b", "2024-01-25", "2024-02-10", 200, "web"),
    (3, "a", "2024-02-20", "2024-02-20", 300, "shop"),
    (4, "a", "2024-03-20", "2024-03-20", 400, "shop"),
]


def of(*rows, business=BUSINESS, days=DAYS):
    return fingerprints(business, {"purchases": purchases(*rows)}, days)


def test_each_date_sees_what_was_known_by_then() -> None:
    with_two, with_three, with_all = of(*ROWS[:1]), of(*ROWS[:3]), of(*ROWS)

    assert with_two[DAYS[0]] == with_all[DAYS[0]]
    assert with_three[DAYS[1]] == with_all[DAYS[1]]
    assert with_two[DAYS[1]] != with_all[DAYS[1]]


@pytest.mark.parametrize("is_late", [False, True])
def test_a_row_known_at_the_snapshot_itself_counts(is_late: bool) -> None:
    at = moment("2024-02-01") + timedelta(microseconds=is_late)
    row = (5, "a", "2024-01-30", at.replace(tzinfo=None).isoformat(), 1, "web")

    assert (of(*ROWS, row)[DAYS[0]] == of(*ROWS)[DAYS[0]]) == is_late


def test_a_row_that_happens_after_it_was_announced_counts_when_it_happens() -> None:
    row = (5, "a", "2024-02-15", "2024-01-15", 1, "web")

    assert of(*ROWS, row)[DAYS[0]] == of(*ROWS)[DAYS[0]]
    assert of(*ROWS, row)[DAYS[1]] != of(*ROWS)[DAYS[1]]


def test_a_row_twice_is_not_a_row_once() -> None:
    assert of(*ROWS, ROWS[0])[DAYS[0]] != of(*ROWS)[DAYS[0]]


def test_values_that_change_places_are_other_rows() -> None:
    one = [(1, "a", "2024-01-20", "2024-01-20", 100, "web")]
    other = [(2, "b", "2024-01-20", "2024-01-20", 200, "shop")]
    swapped = [(1, "a", "2024-01-20", "2024-01-20", 200, "web")]
    swapped += [(2, "b", "2024-01-20", "2024-01-20", 100, "shop")]

    assert of(*one, *other)[DAYS[0]] != of(*swapped)[DAYS[0]]


def test_the_order_of_dates_asked_does_not_matter() -> None:
    assert of(*ROWS, days=DAYS[::-1]) == of(*ROWS)


def changed(**fields):
    return replace(BUSINESS, **fields)


OTHERS = {
    "a feature": changed(features=BUSINESS.features[:-1]),
    "a window": changed(
        features=tuple(
            replace(f, window_days=31) if f.name == "cents_30d" else f
            for f in BUSINESS.features
        )
    ),
    "the rule": changed(eligible="purchases_30d >= 2"),
    "the delay": changed(
        tables={"purchases": replace(PURCHASES, delay=timedelta(hours=0))}
    ),
    "versions": changed(tables={"purchases": replace(PURCHASES, event_id=None)}),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_declaration_has_another_fingerprint(what: str) -> None:
    found = of(*ROWS, business=OTHERS[what])

    assert not set(found.values()) & set(of(*ROWS).values())


def test_what_a_feature_is_called_in_words_does_not_matter() -> None:
    reworded = tuple(replace(f, meaning="other words") for f in BUSINESS.features)

    assert of(*ROWS, business=changed(features=reworded)) == of(*ROWS)


def test_a_table_without_times_counts_on_every_date() -> None:
    static = RawTable(schema=Purchases)
    business = changed(tables={"purchases": PURCHASES, "plans": static})
    frames = {"purchases": purchases(*ROWS), "plans": purchases(ROWS[3])}

    before = fingerprints(business, frames, DAYS)
    after = fingerprints(business, frames | {"plans": purchases()}, DAYS)

    assert not set(before.values()) & set(after.values())


def test_a_moment_that_is_missing_is_never_visible() -> None:
    frame = purchases(*ROWS, ROWS[0]).with_columns(
        event_time=pl.when(pl.int_range(pl.len()) < 4).then("event_time")
    )

    found = fingerprints(BUSINESS, {"purchases": frame}, DAYS)

    assert found == of(*ROWS)


cells = st.tuples(
    st.integers(1, 4),
    st.sampled_from("ab"),
    st.sampled_from(["2024-01-10", "2024-02-10", "2024-03-10"]),
    st.sampled_from(["2024-01-11", "2024-02-11", "2024-03-11"]),
    st.integers(0, 3),
    st.sampled_from(["web", "shop"]),
)


def seen(rows, day):
    """An independent word on what is visible: the rows themselves, sorted."""
    at = day.isoformat()
    return sorted(row for row in rows if row[2] <= at and row[3] <= at)


@settings(deadline=None, max_examples=60)
@given(left=st.lists(cells, max_size=6), right=st.lists(cells, max_size=6))
def test_equal_exactly_when_the_same_rows_are_visible(left, right) -> None:
    ours, theirs = of(*left), of(*right)

    for day in DAYS:
        assert (ours[day] == theirs[day]) == (seen(left, day) == seen(right, day))


@settings(deadline=None, max_examples=20)
@given(rows=st.lists(cells, max_size=8), data=st.data())
def test_shuffled_rows_have_the_same_fingerprint(rows, data) -> None:
    shuffled = data.draw(st.permutations(rows))
    assume(shuffled != rows)

    assert of(*shuffled) == of(*rows)
