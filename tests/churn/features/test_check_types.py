from dataclasses import replace

import dataframely as dy
import pytest

from churn.errors import DeclarationError
from churn.features.check import check_dataset
from churn.features.declarations import Attribute, Ratio
from tests.businesses import BUSINESS, PURCHASES, windowed

WORDS = {"unit": "any", "meaning": "for a test", "table": "purchases"}


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (windowed("n", "sum"), "n names no column to take the sum of"),
        (windowed("n", "count", column="cents"), "where='cents IS NOT NULL'"),
        (windowed("n", "max", column="shop"), "n is a number and reads a String"),
        (Attribute(name="n", column="shop", **WORDS), "is a number and reads a String"),
        (
            Attribute(name="n", column="share", kind="category", **WORDS),
            "n is a category and reads a Float64",
        ),
        (
            Ratio(
                name="n",
                numerator="last_shop",
                denominator="cents_30d",
                unit="",
                meaning="",
            ),
            "n computes with last_shop, a category",
        ),
    ],
)
def test_a_column_of_the_wrong_type_is_refused_before_any_data_is_read(
    feature, message
):
    with pytest.raises(DeclarationError, match=message):
        check_dataset(replace(BUSINESS, features=(*BUSINESS.features, feature)))


def test_distinct_texts_are_counted_and_a_category_may_be_whole_numbers():
    features = (
        windowed("n", "distinct", column="shop"),
        Attribute(name="c", column="cents", kind="category", **WORDS),
    )

    check_dataset(replace(BUSINESS, features=(*BUSINESS.features, *features)))


class Anonymous(PURCHASES.schema):
    event_id = dy.Int64(nullable=True)


def test_an_event_id_that_may_be_missing_is_refused():
    tables = {"purchases": replace(PURCHASES, schema=Anonymous)}

    with pytest.raises(
        DeclarationError, match="event_id event_id of table purchases may be"
    ):
        check_dataset(replace(BUSINESS, tables=tables))


class Timeless(PURCHASES.schema):
    known_at = dy.Datetime(primary_key=False, nullable=True, time_zone="UTC")


def test_a_row_that_may_have_no_place_in_time_is_refused():
    tables = {"purchases": replace(PURCHASES, schema=Timeless)}

    with pytest.raises(DeclarationError, match="known_at known_at of table purchases"):
        check_dataset(replace(BUSINESS, tables=tables))


def test_a_moment_is_no_category_for_engines_write_it_differently():
    feature = Attribute(name="n", column="event_time", kind="category", **WORDS)

    with pytest.raises(DeclarationError, match="n is a category and reads a Datetime"):
        check_dataset(replace(BUSINESS, features=(*BUSINESS.features, feature)))
