from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest

from churn.casting import cast

MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
UTC_TIME = pl.Datetime("us", "UTC")


def values(column, wanted, *, time_zone=None):
    frame = pl.DataFrame({"a": column})
    expression = cast(pl.col("a"), frame.schema["a"], wanted, time_zone=time_zone)
    cast_frame = frame.select(a=expression)
    assert cast_frame.schema["a"] == wanted
    return cast_frame["a"].to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29T12:30:00Z",
        "2024-02-29 12:30:00",
        "2024-02-29 12:30",
        "2024-02-29 12:30:00.000000",
        "2024-02-29T14:30:00+02:00",
        "2024-02-29T12:30:00.000000+0000",
        " 2024-02-29 12:30:00 ",
    ],
)
def test_one_moment_has_many_spellings(text):
    assert values([text], UTC_TIME, time_zone="UTC") == [MOMENT]


def test_a_day_is_its_midnight():
    found = values(["2024-02-29"], UTC_TIME, time_zone="UTC")

    assert found == [datetime(2024, 2, 29, tzinfo=UTC)]


NAIVE = [MOMENT.replace(tzinfo=None)]


@pytest.mark.parametrize("column", [NAIVE, ["2024-02-29 12:30"], [date(2024, 2, 29)]])
def test_a_moment_without_a_zone_is_nobody_s_guess(column):
    assert values(column, UTC_TIME) == [None]


@pytest.mark.parametrize("column", [NAIVE, ["2024-02-29 12:30"]])
def test_a_declared_zone_says_when_it_was(column):
    found = values(column, UTC_TIME, time_zone="Asia/Tokyo")

    assert found == [MOMENT - timedelta(hours=9)]


def test_a_moment_with_a_zone_of_its_own_needs_no_other():
    text = ["2024-02-29T14:30:00+02:00"]

    assert values(text, UTC_TIME, time_zone="Asia/Tokyo") == [MOMENT]


def test_of_an_hour_that_occurs_twice_the_earlier_one_counts():
    found = values(["2024-10-27 01:30"], UTC_TIME, time_zone="Europe/London")

    assert found == [datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]


def test_an_hour_that_was_skipped_never_was():
    assert values(["2024-03-31 01:30"], UTC_TIME, time_zone="Europe/London") == [None]


def test_a_contract_without_zones_takes_moments_as_they_are():
    assert values(["2024-02-29 12:30"], pl.Datetime("us")) == NAIVE


@pytest.mark.parametrize("text", ["2023-02-29", "soon", "", "29.02.2024"])
def test_what_is_no_date_becomes_null(text):
    assert values([text], UTC_TIME) == [None]


def test_a_moment_elsewhere_keeps_its_instant():
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=2)))
    frame = pl.DataFrame({"a": [elsewhere]}).with_columns(
        pl.col("a").dt.convert_time_zone("Europe/Berlin")
    )

    assert values(frame["a"], UTC_TIME) == [MOMENT]


def test_a_date_with_an_hour_is_no_date():
    assert values(["2024-02-29", "2024-02-29 01:00:00"], pl.Date()) == [
        date(2024, 2, 29),
        None,
    ]


def test_words_of_consent_become_true():
    found = values(["Yes", "no", "TRUE", "0", "maybe", None], pl.Boolean())

    assert found == [True, False, True, False, None, None]


@pytest.mark.parametrize("column", [[1, 0, 2], [1.0, 0.0, 0.5]])
def test_only_one_and_zero_are_booleans(column):
    assert values(column, pl.Boolean()) == [True, False, None]


@pytest.mark.parametrize(
    "column", [[3.0, 4.5], ["3.0", "4.5"], [Decimal("3.00"), Decimal("4.50")]]
)
def test_a_fraction_is_never_cut_off(column):
    assert values(column, pl.Int64()) == [3, None]


def test_large_identifiers_keep_every_digit():
    assert values(["9007199254740993"], pl.Int64()) == [9007199254740993]


def test_what_does_not_fit_becomes_null():
    assert values([127, 128], pl.Int8()) == [127, None]


def test_an_identifier_read_as_float_loses_its_point():
    assert values([12346.0, None, 0.5], pl.String()) == ["12346", None, "0.5"]


def test_decimals_become_floats():
    assert values([Decimal("1.10"), None], pl.Float64()) == [1.1, None]
