"""What a change of a contract does, worked out by hand."""

from dataclasses import replace

import pytest

from churn.changes.tables import readers, table_changes
from tests.churn.changes.declarations import (
    COLUMNS,
    OF_AMOUNT,
    OF_PAYMENTS,
    PAYMENTS,
    SHOP,
    with_column,
    with_table,
)


def without(column: str):
    return with_table(columns={k: v for k, v in COLUMNS.items() if k != column})


@pytest.mark.parametrize(
    ("new", "what", "found", "effect", "touched"),
    [
        (
            with_column("amount_cents", dtype="Float64", min="0"),
            "column payments.amount_cents",
            "dtype Int64 → Float64",
            "breaks",
            OF_AMOUNT,
        ),
        (
            with_column("amount_cents", dtype="Int64", min="1"),
            "column payments.amount_cents",
            "min 0 → 1",
            "shifts",
            OF_PAYMENTS,
        ),
        (
            without("amount_cents"),
            "column payments.amount_cents",
            "removed",
            "breaks",
            OF_AMOUNT,
        ),
        (without("note"), "column payments.note", "removed", "harmless", ()),
        (
            with_column("note", dtype="Int64"),
            "column payments.note",
            "dtype String → Int64",
            "shifts",
            OF_PAYMENTS,
        ),
        (
            with_column("currency", dtype="String"),
            "column payments.currency",
            "added; every source must deliver it first",
            "breaks",
            OF_PAYMENTS,
        ),
        (
            with_table(times={"event_time": "paid_at", "known_at": "paid_at"}),
            "table payments",
            "known_at known_at → paid_at",
            "breaks",
            OF_PAYMENTS,
        ),
        (
            with_table(prepare="q"),
            "table payments",
            "what prepares its rows is another function",
            "shifts",
            OF_PAYMENTS,
        ),
        (
            with_table(rules={}),
            "rule payments.known_after",
            "removed",
            "shifts",
            OF_PAYMENTS,
        ),
        (
            with_table(rules={"known_after": "known_at > paid_at"}),
            "rule payments.known_after",
            "changed",
            "shifts",
            OF_PAYMENTS,
        ),
        (
            with_table(rules={**PAYMENTS.rules, "paid": "amount_cents > 0"}),
            "rule payments.paid",
            "added",
            "shifts",
            OF_PAYMENTS,
        ),
    ],
)
def test_a_change_names_what_it_does_to_which_features(
    new, what, found, effect, touched
):
    (change,) = table_changes("shop", SHOP, new)

    assert (change.what, change.found) == (what, found)
    assert (change.effect, change.features) == (effect, touched)


def test_a_table_that_is_gone_takes_its_features_with_it():
    new = replace(SHOP, tables={"logins": SHOP.tables["logins"]})

    (change,) = table_changes("shop", SHOP, new)

    assert (change.found, change.effect) == ("removed", "breaks")
    assert change.features == OF_PAYMENTS


def test_a_new_table_harms_nobody():
    new = replace(SHOP, tables={**SHOP.tables, "visits": PAYMENTS})

    (change,) = table_changes("shop", SHOP, new)

    assert (change.effect, change.features) == ("harmless", ())


def test_what_is_equal_is_no_change():
    assert not list(table_changes("shop", SHOP, with_table()))


def test_readers_of_a_column_are_fewer_than_those_of_its_table():
    assert readers(SHOP, "payments", "amount_cents") == OF_AMOUNT
    assert readers(SHOP, "payments", None) == OF_PAYMENTS
