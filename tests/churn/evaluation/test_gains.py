import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss

from churn.evaluation.asked import Asked
from churn.evaluation.contest import contest, whom
from churn.evaluation.gains import auc_gain, paired_gains
from churn.significance.delong import compare_auc
from tests.evidences import PLAN, evidence

FOUND = evidence(800, champion_auc=0.8)
NOBODY = Asked(rivals={"champion": frozenset()})
CONTEST = contest(FOUND, NOBODY)
ROWS, MODEL, CHAMPION = CONTEST.rows, CONTEST.model, CONTEST.rivals["champion"]
EVERYBODY = np.ones(800, dtype=np.bool_)
FIRST = np.arange(800) < 300


def gains(*metrics, rows=ROWS, model=MODEL, rival=CHAMPION):
    groups = {"everybody": EVERYBODY, "first": FIRST}
    return paired_gains(metrics, groups, rows, model, rival, PLAN)


def test_a_gain_is_the_difference_of_two_figures():
    found = gains("log_loss", "f1")

    losses = [log_loss(ROWS.is_churn[:300], p[:300]) for p in (CHAMPION, MODEL)]
    scores = [f1_score(ROWS.is_churn, whom(ROWS, p)) for p in (MODEL, CHAMPION)]
    assert found["log_loss", "first"].value == pytest.approx(losses[0] - losses[1])
    assert found["f1", "everybody"].value == pytest.approx(scores[0] - scores[1])


def test_roc_auc_is_compared_by_delong_in_each_group():
    found = gains("roc_auc")["roc_auc", "first"]

    expected = compare_auc(ROWS.is_churn[:300], MODEL[:300], CHAMPION[:300])
    assert found.value == expected.difference
    assert found.standard_error == pytest.approx(expected.standard_error)


def test_the_bootstrap_s_error_is_that_of_a_mean_of_differences():
    gain = (CHAMPION - ROWS.is_churn) ** 2 - (MODEL - ROWS.is_churn) ** 2

    found = gains("brier")["brier", "everybody"]

    assert found.value == pytest.approx(gain.mean())
    assert found.standard_error == pytest.approx(gain.std() / np.sqrt(800), rel=0.2)


def test_how_many_churn_is_chance_too():
    # Every churner gains 0.25 - 0.16 and everybody else 0.25 - 0.36, whoever is drawn:
    # what varies is how many of either there are.
    found = gains("brier", model=np.full(800, 0.6), rival=np.full(800, 0.5))

    share = ROWS.is_churn.mean()
    expected = (0.09 + 0.11) * np.sqrt(share * (1 - share) / 800)
    assert found["brier", "everybody"].standard_error == pytest.approx(
        expected, rel=0.1
    )


def test_over_oneself_the_gain_is_nothing_for_certain():
    for gain in gains("roc_auc", "brier", "f1", rival=MODEL).values():
        assert (gain.value, gain.standard_error) == (0.0, 0.0)


def test_with_one_class_a_ranking_gains_nothing_that_could_be_told():
    churned = contest(evidence(800, churn_rate=1e-9, champion_auc=0.8), NOBODY).rows

    found = gains("roc_auc", "recall", "brier", rows=churned)

    assert found["roc_auc", "everybody"] is None
    assert found["recall", "everybody"] is None
    assert found["brier", "everybody"] is not None


def test_an_auc_gain_of_one_class_is_undefined():
    churned = contest(evidence(800, churn_rate=1e-9), Asked()).rows

    assert auc_gain(churned, MODEL, CHAMPION).value is None


def test_an_auc_gain_has_an_interval_around_it():
    found = auc_gain(ROWS, MODEL, CHAMPION)

    assert found.low < found.value < found.high
    assert found.n == 800
