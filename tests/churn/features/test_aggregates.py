from datetime import date

import polars as pl
import pytest

from churn.features.build import build_features
from churn.features.declarations import Share, Windowed
from tests.businesses import PURCHASES, purchases, windowed

WORDS = {"unit": "any", "meaning": "for a test"}
DAY = date(2024, 2, 1)
FRAME = purchases(
    (1, "a", "2024-01-10", "2024-01-10", 100, "web"),
    (2, "a", "2024-01-20", "2024-01-20", 300, "city"),
    (3, "a", "2024-01-25", "2024-01-25", 500, "web"),
    (4, "a", "2023-06-01", "2023-06-01", 900, "web"),
)


def value(feature):
    spine = pl.DataFrame({"customer_id": ["a"], "snapshot_date": [DAY]})
    frames = {"purchases": FRAME}
    return build_features([feature], {"purchases": PURCHASES}, frames, spine)["f"][0]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"condition": "shop = 'web'"}, 3 / 4),
        ({"condition": "shop = 'web'", "window_days": 30}, 2 / 3),
        ({"condition": "shop = 'web'", "where": "cents >= 300"}, 2 / 3),
        ({"condition": "share > 0"}, 0.0),
        ({"condition": "shop = 'web'", "where": "cents < 0"}, None),
    ],
)
def test_a_share_is_of_the_events_looked_at(more, expected):
    assert value(Share(name="f", table="purchases", **WORDS, **more)) == expected


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("sum", 900), ("mean", 300.0), ("min", 100), ("max", 500), ("distinct", 3)],
)
def test_an_aggregate_looks_at_its_window_only(aggregate, expected):
    feature = windowed("f", aggregate, column="cents", window_days=30)

    assert value(feature) == expected


@pytest.mark.parametrize("aggregate", ["sum", "distinct"])
def test_sums_and_counts_of_nothing_are_zero(aggregate):
    feature = windowed("f", aggregate, column="cents", where="cents < 0")

    assert value(feature) == 0


@pytest.mark.parametrize("aggregate", ["mean", "min", "max", "last"])
def test_every_other_aggregate_of_nothing_is_missing(aggregate):
    feature = Windowed(
        name="f",
        table="purchases",
        aggregate=aggregate,
        column="cents",
        where="cents < 0",
        **WORDS,
    )

    assert value(feature) is None
