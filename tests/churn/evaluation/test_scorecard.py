from dataclasses import replace

import pytest

from churn.evaluation.scorecard import Estimate, LeakReading
from tests.scorecards import scorecard


def test_the_headline_leaves_undefined_figures_out() -> None:
    figures = {
        "roc_auc": Estimate(0.8, 0.7, 0.9, 10),
        "f1": Estimate(None, None, None, 0),
    }

    card = replace(scorecard(), figures=figures)

    assert card.headline == {"roc_auc": 0.8}


@pytest.mark.parametrize(
    ("low", "bound", "is_leak"),
    [(0.9, 0.8, True), (0.8, 0.8, False), (None, 0.8, False), (0.9, None, False)],
)
def test_a_leak_lies_above_a_bound_with_its_whole_interval(low, bound, is_leak):
    reading = LeakReading("recency", "days", Estimate(0.95, low, 1, 9), bound, "")

    assert reading.is_leak is is_leak
