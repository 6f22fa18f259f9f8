import pytest

from churn.errors import UsageError
from churn.evaluation.scorecard import Estimate
from cli.models.condition import Condition, parse_condition

KNOWN = ["roc_auc", "recall", "net_value_per_1000_eur"]


def at(value):
    return {"roc_auc": Estimate(value, None, None, 10)}


@pytest.mark.parametrize(
    ("comparison", "holds_at"),
    [
        (">", [0.9]),
        (">=", [0.8, 0.9]),
        ("<", [0.7]),
        ("<=", [0.7, 0.8]),
        ("=", [0.8]),
    ],
)
def test_each_comparison_is_that_of_its_sign(comparison, holds_at):
    condition = parse_condition(f"roc_auc {comparison} 0.8", KNOWN)

    assert [v for v in (0.7, 0.8, 0.9) if condition.holds(at(v))] == holds_at


@pytest.mark.parametrize(
    ("typed", "metric"),
    [("auc>1", "roc_auc"), ("net_value>1", "net_value_per_1000_eur")],
)
def test_a_short_name_stands_for_the_long_one(typed, metric):
    assert parse_condition(typed, KNOWN) == Condition(metric, ">", 1.0)


def test_an_absent_or_undefined_figure_fits_no_condition():
    condition = parse_condition("auc>=0", KNOWN)

    assert not condition.holds({})
    assert not condition.holds(at(None))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("acu>0.8", "unknown metric 'acu'; nearest is auc"),
        ("recal>0.8", "unknown metric 'recal'; nearest is recall"),
        ("auc", "expected a metric, one of > >= < <= = and a number"),
        ("auc>>1", "'>1' is no number"),
        ("auc>high", "'high' is no number"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_way_out(typed, message):
    with pytest.raises(UsageError) as error:
        parse_condition(typed, KNOWN)

    assert message in str(error.value)
    assert "\n" not in str(error.value)
