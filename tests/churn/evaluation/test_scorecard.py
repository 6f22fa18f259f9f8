from dataclasses import replace

from churn.evaluation.scorecard import Estimate
from tests.scorecards import scorecard


def test_the_headline_leaves_undefined_figures_out() -> None:
    figures = {
        "roc_auc": Estimate(0.8, 0.7, 0.9, 10),
        "f1": Estimate(None, None, None, 0),
    }

    card = replace(scorecard(), figures=figures)

    assert card.headline == {"roc_auc": 0.8}
