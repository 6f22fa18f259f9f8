import pytest

from churn.errors import ConfigError
from churn.features.declarations import Attribute, Share, Slope
from churn.features.describe import definition, describe
from datasets.catalogue import load, registered
from tests.businesses import BUSINESS, windowed

WORDS = {"unit": "any", "meaning": "for a test"}


def test_a_ratio_is_described_with_its_parts_their_columns_and_their_query():
    found = describe(BUSINESS, "cents_each", dialect="duckdb")

    assert found.definition == "cents_30d / purchases_30d"
    assert found.parts == ("cents_30d", "purchases_30d")
    assert found.columns["purchases"] == ("cents", "event_id", "event_time", "known_at")
    assert '"cents_each"' in found.sql
    assert '"web_cents"' not in found.sql


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (
            windowed("n", "sum", column="c", window_days=30, where="c > 0"),
            "sum of c in purchases where c > 0, last 30 days",
        ),
        (windowed("n", "count"), "count in purchases"),
        (
            Share(name="n", table="t", condition="a = 1", **WORDS),
            "share with a = 1 in t",
        ),
        (
            Attribute(name="n", table="t", column="c", ttl_days=9, **WORDS),
            "last known c of t, for 9 days",
        ),
        (Slope(name="n", recent="a", whole="b", **WORDS), "slope from b to a"),
    ],
)
def test_a_definition_is_a_few_words(feature, words):
    assert definition(feature) == words


@pytest.mark.parametrize("name", registered())
def test_every_declared_feature_can_be_described(name):
    dataset = load(name)

    found = [describe(dataset, f.name, dialect="duckdb") for f in dataset.features]

    assert all(d.definition and d.columns and d.sql for d in found)


def test_an_unknown_feature_is_answered_with_the_nearest_name():
    with pytest.raises(ConfigError, match="no feature cents_40d; .*cents_30d"):
        describe(BUSINESS, "cents_40d", dialect="duckdb")
