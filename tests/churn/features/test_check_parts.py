from dataclasses import replace

import pytest

from churn.errors import DeclarationError
from churn.features.check import check_dataset
from churn.features.declarations import Attribute, Ratio, Slope
from tests.businesses import BUSINESS, windowed

WORDS = {"unit": "any", "meaning": "for a test"}
MONTH = windowed("month", "count", window_days=30)
YEAR = windowed("year", "count", window_days=365)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([windowed("n", "count", window_days=0)], "n has window_days=0"),
        ([windowed("n", "count", window_days=1.5)], "n has window_days=1.5"),
        (
            [
                Attribute(
                    name="n", table="purchases", column="shop", ttl_days=0, **WORDS
                )
            ],
            "n has ttl_days=0",
        ),
        (
            [
                Ratio(name="n", numerator="m", denominator="month", **WORDS),
                Ratio(name="m", numerator="n", denominator="month", **WORDS),
            ],
            "n is made of itself",
        ),
        (
            [Slope(name="s", recent="month", whole="purchases", **WORDS)],
            "slope of purchases, which is no sum or count over a window",
        ),
        (
            [Slope(name="s", recent="month", whole="cents_30d", **WORDS)],
            "differ in more than their window",
        ),
        (
            [Slope(name="s", recent="year", whole="month", **WORDS)],
            "the shorter window, not 365 of 30",
        ),
    ],
)
def test_parts_that_do_not_go_together_are_refused_by_name(features, message):
    all_features = (*BUSINESS.features, MONTH, YEAR, *features)

    with pytest.raises(DeclarationError, match=message):
        check_dataset(replace(BUSINESS, features=all_features))


def test_a_slope_between_two_windows_of_the_same_thing_is_declared_well():
    slope = Slope(name="s", recent="month", whole="year", **WORDS)

    check_dataset(replace(BUSINESS, features=(*BUSINESS.features, MONTH, YEAR, slope)))
