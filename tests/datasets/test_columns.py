import dataframely as dy
import polars as pl

from datasets.columns import category, one_of


class Plans(dy.Schema):
    plan = one_of("basic", "premium")


def test_only_the_listed_values_pass():
    good, failure = Plans.filter(pl.DataFrame({"plan": ["basic", "Basic", "premium"]}))

    assert good["plan"].to_list() == ["basic", "premium"]
    assert failure.counts() == {"plan|check__known_value": 1}


def test_a_category_is_text():
    feature = category("plan", "Plan", "What they pay for.")

    assert (feature.kind, feature.unit, feature.column) == ("category", "text", "Plan")
