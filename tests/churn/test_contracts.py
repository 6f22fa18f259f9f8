from datetime import UTC, date, datetime

import dataframely as dy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from churn.contracts import check_columns, check_quarantine, rule_counts, validate
from churn.dataset import RawTable
from churn.errors import DeclarationError, QuarantineLimitError, SourceError


class Customers(dy.Schema):
    customer_id = dy.String(primary_key=True)


class Invoices(dy.Schema):
    invoice_id = dy.Int64(primary_key=True)
    customer_id = dy.String(nullable=True)
    amount_cents = dy.Int64(min=0)
    day = dy.Date(nullable=True)

    @dy.rule()
    def no_free_lunch(cls) -> pl.Expr:
        return pl.col("amount_cents") != 13


class Lines(dy.Schema):
    pence = dy.Int64()


class People(dy.Schema):
    customer_id = dy.String(primary_key=True)
    since = dy.Datetime(time_unit="us", time_zone="UTC")


class Events(dy.Schema):
    customer_id = dy.String()
    at = dy.Datetime(time_unit="us", time_zone="UTC")


TABLES = {
    "customers": RawTable(schema=Customers, customer=True),
    "invoices": RawTable(schema=Invoices),
}


def invoices(*rows):
    columns = ["invoice_id", "customer_id", "amount_cents", "day"]
    schema = dict.fromkeys(columns, pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def checked(*rows):
    raw = {"customers": pl.DataFrame({"customer_id": ["a", "b"]})}
    return validate(TABLES, raw | {"invoices": invoices(*rows)})


def reasons(*rows):
    return checked(*rows).quarantined["reasons"].to_list()


def test_a_good_row_is_typed():
    validated = checked(("1", "a", "250", "2024-02-29"))

    expected = {
        "invoice_id": [1],
        "customer_id": ["a"],
        "amount_cents": [250],
        "day": [date(2024, 2, 29)],
    }
    assert_frame_equal(validated.good["invoices"], pl.DataFrame(expected))
    assert validated.quarantined.is_empty()


def test_each_broken_rule_is_a_reason():
    assert reasons(("1", "a", "-5", None), ("2", "a", "13", None)) == [
        ["amount_cents|min"],
        ["no_free_lunch"],
    ]


def test_a_value_of_the_wrong_type_is_the_only_reason_given():
    assert reasons(("1", "a", "much", "someday")) == [
        ["amount_cents|dtype", "day|dtype"]
    ]


def test_a_failed_cast_does_not_pass_as_missing():
    assert reasons(("1", "a", "5", "2023-02-29")) == [["day|dtype"]]


def test_rows_that_share_a_key_and_differ_are_all_quarantined():
    validated = checked(
        ("1", "a", "5", None), ("2", "a", "5", None), ("1", "b", "6", None)
    )

    assert validated.quarantined["row_number"].to_list() == [0, 2]
    assert validated.quarantined["reasons"].to_list() == [["primary_key"]] * 2


def test_of_a_row_delivered_twice_one_stays():
    validated = checked(
        ("1", "a", "5", None), ("2", "a", "5", None), ("1", "a", "5", None)
    )

    assert validated.good["invoices"]["invoice_id"].to_list() == [1, 2]
    assert validated.quarantined["row_number"].to_list() == [2]
    assert validated.quarantined["reasons"].to_list() == [["invoice_id|duplicate"]]


def test_a_copy_is_told_by_its_values_however_they_are_written():
    validated = checked(("1", "a", "5", None), ("1", "a", "5.0", None))

    assert validated.quarantined["reasons"].to_list() == [["invoice_id|duplicate"]]


def test_without_a_key_equal_rows_are_events_of_their_own():
    raw = {"lines": pl.DataFrame({"pence": [5, 5]})}

    assert validate({"lines": RawTable(schema=Lines)}, raw).quarantined.is_empty()


def test_a_wrong_row_delivered_twice_is_wrong_once_and_a_copy_once():
    assert reasons(("1", "a", "-5", None), ("1", "a", "-5", None)) == [
        ["amount_cents|min"],
        ["invoice_id|duplicate"],
    ]


def test_copies_are_found_in_any_order():
    rows = [("1", "a", "5", None), ("2", "b", "6", None), ("1", "a", "5", None)]
    forward, backward = checked(*rows), checked(*rows[::-1])

    assert_frame_equal(
        forward.good["invoices"].sort("invoice_id"),
        backward.good["invoices"].sort("invoice_id"),
    )


def events(*moments, zone=None):
    column = {"customer_id": ["a"] * len(moments), "at": list(moments)}
    people = RawTable(schema=People, event_time="since", customer=True, time_zone="UTC")
    tables = {
        "people": people,
        "events": RawTable(schema=Events, event_time="at", time_zone=zone),
    }
    signup = pl.DataFrame({"customer_id": ["a"], "since": ["2024-02-01T00:00:00Z"]})
    return validate(tables, {"people": signup, "events": pl.DataFrame(column)})


def test_a_moment_without_a_zone_says_that_its_zone_is_missing():
    found = events("2024-03-01 12:00", "soon", "2024-03-01T12:00:00Z").quarantined

    assert found["reasons"].to_list() == [["at|time_zone"], ["at|dtype"]]


def test_a_declared_zone_makes_the_moment_good_unless_it_was_skipped():
    found = events("2024-03-31 00:30", "2024-03-31 01:30", zone="Europe/London")

    assert found.quarantined["reasons"].to_list() == [["at|time_zone"]]
    assert found.good["events"]["at"].to_list() == [
        datetime(2024, 3, 31, 0, 30, tzinfo=UTC)
    ]


def test_an_event_before_its_customer_came_into_being_is_quarantined():
    found = events("2024-01-31T23:59:59Z", "2024-02-01T00:00:00Z")

    assert found.quarantined["reasons"].to_list() == [["at|before_customer"]]
    assert found.quarantined["row_number"].to_list() == [0]


def test_an_event_of_nobody_known_is_quarantined():
    assert reasons(("1", "c", "5", None)) == [["customer_id|unknown_customer"]]


def test_an_event_of_nobody_at_all_is_judged_by_its_own_contract():
    assert reasons(("1", None, "5", None)) == []


def test_an_unknown_customer_is_told_beside_other_reasons():
    assert reasons(("1", "c", "-5", None)) == [
        ["amount_cents|min", "customer_id|unknown_customer"]
    ]


def test_events_of_a_quarantined_customer_follow_them():
    raw = {
        "customers": pl.DataFrame({"customer_id": [None, "b"]}),
        "invoices": invoices(("1", "a", "5", None), ("2", "b", "5", None)),
    }
    validated = validate(TABLES, raw)

    assert validated.good["invoices"]["invoice_id"].to_list() == [2]
    assert validated.quarantined.select("table", "reasons").rows() == [
        ("customers", ["customer_id|nullability"]),
        ("invoices", ["customer_id|unknown_customer"]),
    ]


def test_the_raw_row_is_kept_as_it_was():
    (row,) = checked((" 1", "a", "much", None)).quarantined["row"]

    assert row == (
        '{"invoice_id":" 1","customer_id":"a","amount_cents":"much","day":null}'
    )


def test_columns_without_a_contract_are_dropped_from_good_rows():
    raw = {"customers": pl.DataFrame({"customer_id": ["a"], "note": ["x"]})}
    validated = validate({"customers": TABLES["customers"]}, raw)

    assert validated.good["customers"].columns == ["customer_id"]


def test_a_missing_column_is_named_with_the_nearest():
    raw = {"customers": pl.DataFrame({"customer_ID": ["a"]})}

    with pytest.raises(
        SourceError, match="customer_id is missing; nearest is customer_ID"
    ):
        validate({"customers": TABLES["customers"]}, raw)


def test_a_missing_table_is_named_with_the_nearest():
    raw = {"customer": pl.DataFrame({"customer_id": ["a"]})}

    with pytest.raises(SourceError, match="customers is missing; nearest is customer"):
        validate(TABLES, raw)


def test_a_column_that_prepare_looks_for_is_named_too():
    def prepare(raw):
        return raw.rename({"CLIENT": "customer_id"})

    table = RawTable(schema=Customers, prepare=prepare)

    with pytest.raises(
        SourceError, match="column CLIENT is missing; nearest is CLIENTS"
    ):
        check_columns("customers", table, ["CLIENTS", "other"])


def test_a_prepare_that_drops_rows_is_refused():
    table = RawTable(schema=Customers, prepare=lambda raw: raw.head(1))

    with pytest.raises(DeclarationError, match="turned 2 into 1"):
        validate({"c": table}, {"c": pl.DataFrame({"customer_id": ["a", "b"]})})


def test_rules_are_counted_by_table():
    validated = checked(
        ("1", "c", "-5", None), ("2", "a", "-5", None), ("3", "a", "5", None)
    )

    assert rule_counts(validated.quarantined).rows() == [
        ("invoices", "amount_cents|min", 2),
        ("invoices", "customer_id|unknown_customer", 1),
    ]


def test_too_many_quarantined_rows_stop_the_run():
    validated = checked(("1", "a", "-5", None), ("2", "a", "5", None))

    with pytest.raises(QuarantineLimitError, match=r"invoices: 1 of 2 .*50.0%.*\|min"):
        check_quarantine(validated.good, validated.quarantined, max_share=0.49)


def test_quarantined_rows_up_to_the_limit_are_allowed():
    validated = checked(("1", "a", "-5", None), ("2", "a", "5", None))

    check_quarantine(validated.good, validated.quarantined, max_share=0.5)


def test_no_row_may_be_lost_when_the_limit_is_zero():
    validated = checked(("1", "a", "5", None))

    check_quarantine(validated.good, validated.quarantined, max_share=0.0)


texts = st.sampled_from([None, "", "a", "b", "c", "1", "2", "-1", "13", "2024-01-01"])
rows = st.lists(st.tuples(texts, texts, texts, texts), max_size=12)


@settings(deadline=None)
@given(ids=st.lists(texts, max_size=6), found=rows)
def test_good_and_quarantined_rows_add_up_to_the_input(ids, found):
    raw = {
        "customers": pl.DataFrame(
            {"customer_id": ids}, schema={"customer_id": pl.String}
        ),
        "invoices": invoices(*found),
    }
    validated = validate(TABLES, raw)

    for name, frame in raw.items():
        bad = validated.quarantined.filter(pl.col("table") == name)
        kept = [n for n in range(frame.height) if n not in set(bad["row_number"])]
        good = validated.good[name].cast(pl.String)
        assert bad["row_number"].is_unique().all()
        assert bad["reasons"].list.len().min() != 0
        assert_frame_equal(good, frame[kept])
