"""Every rule of every raw table: broken by one changed cell, kept by good rows."""

from functools import cache

import polars as pl
import pytest

from churn.contracts import CUSTOMER, UNKNOWN_CUSTOMER, validate
from datasets.catalogue import load, registered
from tests.datasets.rows import good_rows

# What a source may hold instead of a good value.
WRONG = [
    None,
    "",
    "no such thing",
    "\N{SNOWMAN}",
    "No",
    "-1",
    "0",
    "1",
    "1.5",
    "-1000000000000",
    "1000000000000",
    "inf",
    "nan",
    "1900-01-01 00:00:00",
    "2999-01-01 00:00:00",
]
FEW = 12

TABLES = [(name, table) for name in registered() for table in load(name).tables]


def rules(dataset, table):
    """Names of all reasons that rows of this table can be quarantined for."""
    tables = load(dataset).tables
    schema = tables[table].schema
    _, failure = schema.filter(schema.create_empty())
    own = [c for c in failure.details().columns if c not in schema.column_names()]
    raw = good_rows(dataset)[table].columns
    casts = [
        f"{name}|dtype"
        for name, column in schema.columns().items()
        if name in raw and column.dtype != pl.String()
    ]
    has_owner = CUSTOMER in schema.column_names() and any(
        t.customer for n, t in tables.items() if n != table
    )
    return own + casts + [UNKNOWN_CUSTOMER] * has_owner


@cache
def reasons_of_wrong_rows(dataset, table):
    """Everything that is said of rows with one wrong cell, and of doubled rows."""
    raw = good_rows(dataset)
    rows = raw[table]
    wrong = [
        rows.head(FEW).with_columns(pl.lit(value, dtype=pl.String).alias(column))
        for column in rows.columns
        for value in WRONG
    ]
    # The good rows come along, so that the customers of the others are known.
    changed = raw | {table: pl.concat([rows, *wrong])}
    quarantined = validate(load(dataset).tables, changed).quarantined
    own = quarantined.filter(pl.col("table") == table)
    return set(own["reasons"].explode())


@pytest.mark.parametrize("dataset", registered())
def test_good_rows_pass(dataset):
    raw = good_rows(dataset)
    validated = validate(load(dataset).tables, raw)

    assert validated.quarantined["reasons"].to_list() == []
    assert {n: f.height for n, f in validated.good.items()} == {
        n: f.height for n, f in raw.items()
    }


@pytest.mark.parametrize(
    ("dataset", "table", "rule"),
    [(d, t, rule) for d, t in TABLES for rule in rules(d, t)],
)
def test_each_rule_catches_a_row_that_breaks_it(dataset, table, rule):
    assert rule in reasons_of_wrong_rows(dataset, table)
