from dataclasses import replace
from datetime import timedelta

import dataframely as dy
import pytest

from churn.dataset import Dataset, Label, RawTable
from churn.errors import DeclarationError
from churn.features.check import check_dataset
from churn.features.declarations import (
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Windowed,
)
from datasets.catalogue import load

WORDS = {"unit": "u", "meaning": "m"}


class Orders(dy.Schema):
    customer_id = dy.String()
    ordered_at = dy.Datetime(time_zone="UTC")
    amount_cents = dy.Int64()


class People(dy.Schema):
    customer_id = dy.String(primary_key=True)
    age = dy.Int64()
    income = dy.Int64()
    left = dy.Bool()


AMOUNT = Windowed(
    name="spent", table="orders", aggregate="sum", column="amount_cents", **WORDS
)
ORDERS = RawTable(schema=Orders, event_time="ordered_at", delay=timedelta(hours=1))
EVENTS = Dataset(
    name="shop",
    kind="events",
    tables={"orders": ORDERS},
    features=(AMOUNT,),
    customer_value="spent / 100.0",
    eligible="spent > 0",
    label=Label(table="orders", where="amount_cents > 0", outcome="absent"),
    slices={"big": "CASE WHEN spent > 9 THEN 'yes' ELSE 'no' END"},
)
AGE = Column(name="age_years", column="age", **WORDS)
TABLE = Dataset(
    name="people",
    kind="table",
    tables={"people": RawTable(schema=People, customer=True)},
    features=(AGE,),
    customer_value="income",
    churn_column="left",
    refused={"customer_id": "it identifies"},
)


def with_feature(dataset, feature):
    return replace(dataset, features=(*dataset.features, feature))


@pytest.mark.parametrize("dataset", [EVENTS, TABLE], ids=lambda d: d.kind)
def test_declarations_that_hold_together_pass(dataset):
    check_dataset(dataset)


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (with_feature(EVENTS, AMOUNT), "two features are named spent"),
        (
            with_feature(EVENTS, replace(AMOUNT, name="x", table="order")),
            "feature x names order, .* nearest is orders",
        ),
        (
            with_feature(EVENTS, replace(AMOUNT, name="x", column="amount")),
            "feature x names amount, .* nearest is amount_cents",
        ),
        (
            with_feature(EVENTS, replace(AMOUNT, name="x", where="amount_cent > 1")),
            "feature x names amount_cent, ",
        ),
        (
            with_feature(EVENTS, replace(AMOUNT, name="x", where="amount_cents >")),
            "is not SQL",
        ),
        (
            with_feature(
                EVENTS, Ratio(name="r", numerator="spent", denominator="n", **WORDS)
            ),
            "feature r names n, ",
        ),
        (
            with_feature(
                EVENTS, Difference(name="d", minuend="d", subtrahend="spent", **WORDS)
            ),
            "feature d names d, ",
        ),
        (with_feature(EVENTS, Feature(name="f", **WORDS)), "feature f is a Feature"),
        (
            with_feature(TABLE, Column(name="x", column="customer_id", **WORDS)),
            "customer_id, which is refused: it identifies",
        ),
        (
            with_feature(TABLE, Column(name="x", column="left", **WORDS)),
            "people: feature x uses left, which is refused: it is the label",
        ),
        (
            replace(TABLE, customer_value="CASE WHEN left THEN 0 ELSE income END"),
            "people: customer_value uses left, which is refused: it is the label",
        ),
        (
            replace(TABLE, slices={"gone": "CAST(left AS INT)"}),
            "people: slice gone uses left, which is refused: it is the label",
        ),
        (
            replace(TABLE, customer_value="income + LENGTH(customer_id)"),
            "customer_value uses customer_id, which is refused: it identifies",
        ),
        (
            replace(TABLE, slices={"who": "LEFT(customer_id, 1)"}),
            "slice who uses customer_id, which is refused: it identifies",
        ),
        (replace(EVENTS, eligible="spend > 0"), "eligible names spend, .* spent"),
        (replace(EVENTS, customer_value="sent"), "customer_value names sent"),
        (replace(EVENTS, slices={"s": "speed"}), "slice s names speed"),
        (replace(EVENTS, eligible=None), "kind events needs eligible"),
        (
            replace(EVENTS, label=Label(table="sales", where="TRUE", outcome="absent")),
            "label names sales",
        ),
        (
            replace(EVENTS, label=Label(table="orders", where="x", outcome="absent")),
            "label names x",
        ),
        (
            replace(EVENTS, tables={"orders": replace(ORDERS, event_time="ordered")}),
            "event_time of table orders names ordered, .* ordered_at",
        ),
        (replace(TABLE, churn_column=None), "kind table needs churn_column"),
        (replace(TABLE, churn_column="lift"), "churn_column names lift, .* left"),
        (replace(TABLE, customer_value="12"), "column income is neither"),
        (
            replace(TABLE, tables=TABLE.tables | {"orders": ORDERS}),
            "needs exactly one table",
        ),
    ],
)
def test_a_contradiction_is_told_by_name(dataset, message):
    with pytest.raises(DeclarationError, match=message):
        check_dataset(dataset)


def test_a_raw_table_without_the_customers_key_is_refused() -> None:
    class Keyless(dy.Schema):
        key = dy.String(primary_key=True)

    keyless = replace(
        load("telco"), tables={"customers": RawTable(schema=Keyless, customer=True)}
    )

    with pytest.raises(DeclarationError, match="has no column customer_id; let its"):
        check_dataset(keyless)


REGIONS = RawTable(schema=People)
WITH_REGIONS = replace(EVENTS, tables={"orders": ORDERS, "people": REGIONS})


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (
            replace(EVENTS, tables={"orders": replace(ORDERS, delay=None)}),
            "orders has event_time ordered_at and needs either known_at or a delay",
        ),
        (
            replace(
                EVENTS, tables={"orders": replace(ORDERS, time_zone="Europe/Pari")}
            ),
            "unknown time_zone 'Europe/Pari'; nearest is Europe/Paris",
        ),
        (
            replace(EVENTS, features=(AMOUNT, Column(name="a", column="age", **WORDS))),
            "a is a Column and names no table",
        ),
        (
            replace(
                EVENTS,
                features=(
                    AMOUNT,
                    Column(name="a", column="amount_cents", table="orders", **WORDS),
                ),
            ),
            "a is a Column of orders, which changes in time; declare an Attribute",
        ),
        (
            replace(
                WITH_REGIONS,
                features=(
                    AMOUNT,
                    Attribute(name="a", column="age", table="people", **WORDS),
                ),
            ),
            "a looks at the history of people, which declares no event_time",
        ),
    ],
)
def test_what_has_no_place_in_time_is_told_before_any_data_is_read(dataset, message):
    with pytest.raises(DeclarationError, match=message):
        check_dataset(dataset)


def test_a_static_column_of_another_table_is_declared_well():
    age = Column(name="a", column="age", table="people", **WORDS)

    check_dataset(replace(WITH_REGIONS, features=(AMOUNT, age)))


class Clashing(Orders):
    from_us = dy.Int64()


def test_a_column_named_like_one_of_the_queries_own_is_refused():
    tables = {"orders": replace(ORDERS, schema=Clashing)}

    with pytest.raises(DeclarationError, match="has a column from_us"):
        check_dataset(replace(EVENTS, tables=tables))
