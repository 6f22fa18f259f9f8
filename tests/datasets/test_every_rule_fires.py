"""Every rule of every raw table: broken by one changed cell, kept by good rows."""

from functools import cache

import polars as pl
import pytest

from churn.contracts import BEFORE_CUSTOMER, CUSTOMER, UNKNOWN_CUSTOMER, validate
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
    "1900-01-01 00:00:00Z",
    "2999-01-01 00:00:00Z",
    # Skipped in London.
    "2011-03-27 01:30:00",
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
    zones = [
        f"{name}|time_zone"
        for name, column in schema.columns().items()
        if isinstance(column.dtype, pl.Datetime) and tables[table].time_zone != "UTC"
    ]
    key = [tables[table].event_id, *schema.primary_key()]
    copies = [f"{column}|duplicate" for column in key if column][:1]
    return own + casts + zones + copies + between_tables(tables, table)


def between_tables(tables, table):
    """Reasons that come from the table of customers, where there is another."""
    owner = next((t for n, t in tables.items() if t.customer and n != table), None)
    if owner is None or CUSTOMER not in tables[table].schema.column_names():
        return []
    moment = tables[table].event_time
    early = [f"{moment}|{BEFORE_CUSTOMER}"] if moment and owner.event_time else []
    return [UNKNOWN_CUSTOMER, *early]


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
    changed = raw | {table: pl.concat([rows, rows.head(1), *wrong])}
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
