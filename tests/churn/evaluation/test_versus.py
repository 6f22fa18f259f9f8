import numpy as np
import pytest

from churn.errors import BundleError
from churn.evaluation.metrics import roc_auc
from churn.evaluation.versus import versus
from churn.model.columns import to_columns
from tests.evidences import PLAN
from tests.snapshot_rows import FEATURES, bundle, rows


@pytest.fixture(scope="module")
def pair():
    return bundle("xgboost"), bundle("logistic_regression")


TEST = rows(300, seed=3)


def area(one):
    is_churn = TEST["is_churn"].to_numpy()
    return roc_auc(is_churn, one.score(to_columns(TEST, FEATURES)), np.ones(len(TEST)))


def test_the_newer_is_the_model_and_the_older_its_only_opponent(pair):
    newer, older = pair

    card = versus(TEST, newer, older, FEATURES, PLAN)

    (opponent,) = card.opponents.values()
    assert card.figures["roc_auc"].value == pytest.approx(area(newer))
    assert opponent.figures["roc_auc"].value == pytest.approx(area(older))
    gain = opponent.gains["roc_auc"]
    assert gain.value == pytest.approx(area(newer) - area(older))
    assert gain.low < gain.value < gain.high


def test_a_bundle_gains_nothing_over_itself(pair):
    card = versus(TEST, pair[0], pair[0], FEATURES, PLAN)

    gains = card.opponents["champion"].gains
    assert {gain.value for gain in gains.values()} == {0.0}


def test_rows_that_lack_a_feature_are_refused_by_its_name(pair):
    with pytest.raises(
        BundleError, match="the test rows lack visits, which the bundle"
    ):
        versus(TEST.drop("visits"), *pair, FEATURES, PLAN)
