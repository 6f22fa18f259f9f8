import pytest

from churn.evaluation.asked import EVERYTHING, FAMILIES, Asked, family, together
from churn.evaluation.metrics import METRICS, OF_OPPONENTS

ERRORS, LINE = frozenset({"errors"}), frozenset({"line"})


@pytest.mark.parametrize("metric", [*METRICS, *OF_OPPONENTS])
def test_every_metric_is_of_one_family(metric):
    assert metric in FAMILIES[family(metric)]
    assert sum(metric in metrics for metrics in FAMILIES.values()) == 1


def test_together_they_ask_for_all_that_any_asks_for():
    first = Asked(model=ERRORS, rivals={"oracle": ERRORS})
    second = Asked(slices=LINE, rivals={"oracle": LINE}, resampled=True)

    assert together([first, second]) == Asked(
        model=ERRORS, slices=LINE, rivals={"oracle": ERRORS | LINE}, resampled=True
    )
    assert together([]) == Asked()


def test_nothing_is_added_to_everything():
    asked = Asked(model=ERRORS, rivals={"champion": ERRORS}, resampled=True)

    assert together([EVERYTHING, asked]) == EVERYTHING
