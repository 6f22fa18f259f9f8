import numpy as np
import pytest

from churn.rollout.check import RolloutCheck
from churn.rollout.outcomes import outcomes
from tests.churn.rollout import rollout_rows as rows

N = 4000
CHURNED = np.arange(N) % 4 == 0


def check(metric: str, margin: float) -> RolloutCheck:
    return RolloutCheck(
        "it", "outcomes", {"margin": margin}, {"metric": metric}, 0.01, "passes"
    )


def seen(champion, challenger):
    return rows.seen(outcomes=rows.outcomes(CHURNED, champion, challenger))


def test_worse_probabilities_are_found_once_labels_mature():
    good, bad = np.where(CHURNED, 0.6, 0.2), np.where(CHURNED, 0.3, 0.4)

    found = outcomes(check("brier", -0.005), seen(good, bad))

    # A quarter churn: their errors go from 0.16 to 0.49, the others' from 0.04 to 0.16.
    assert (found.outcome, found.observed.value) == ("failed", pytest.approx(-0.1725))
    assert outcomes(check("brier", -0.005), seen(bad, good)).outcome == "passed"
    assert outcomes(check("brier", -0.005), seen(good, good)).outcome == "passed"


def test_a_worse_ranking_is_found_too():
    good, bad = np.where(CHURNED, 0.6, 0.2), np.where(CHURNED, 0.2, 0.6)

    assert outcomes(check("roc_auc", -0.02), seen(good, bad)).outcome == "failed"
    assert outcomes(check("roc_auc", -0.02), seen(bad, good)).outcome == "passed"


def test_without_labels_it_is_undecided():
    found = outcomes(check("brier", -0.005), rows.seen())

    assert (found.outcome, found.observed) == ("undecided", None)
    assert "no label of these customers has matured" in found.sentence
