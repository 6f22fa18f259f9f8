import json

import numpy as np
import pytest
from xgboost import XGBClassifier

from churn.model.trees import ensemble

MATRIX = np.array([[0.0, 1.0], [1.0, np.nan], [2.0, 1.0], [3.0, 0.0]] * 20, np.float32)
LABELS = np.array([0, 1, 0, 1] * 20)


def test_the_first_tree_is_the_intercept_as_log_odds() -> None:
    model = XGBClassifier(n_estimators=1, base_score=0.2, n_jobs=1).fit(MATRIX, LABELS)

    weights = ensemble(model.get_booster()).leaves["weights"]

    assert weights[0] == pytest.approx(np.log(0.2 / 0.8), rel=1e-6)


def test_a_stump_is_read_with_its_split_and_the_way_of_missing_values() -> None:
    model = XGBClassifier(n_estimators=1, max_depth=1, n_jobs=1).fit(MATRIX, LABELS)

    nodes = ensemble(model.get_booster()).nodes

    assert nodes["treeids"] == [0, 1, 1, 1]
    assert nodes["modes"] == ["LEAF", "BRANCH_LT", "LEAF", "LEAF"]
    assert nodes["truenodeids"][1:2] == [1]
    assert nodes["falsenodeids"][1:2] == [2]


def test_nodes_that_pruning_cut_off_are_left_out() -> None:
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(200, 3)), rng.integers(0, 2, 200)
    model = XGBClassifier(
        n_estimators=1, max_depth=5, gamma=3.0, tree_method="exact", n_jobs=1
    ).fit(noise, labels)
    tree = json.loads(model.get_booster().save_raw("json"))["learner"]
    stored = tree["gradient_booster"]["model"]["trees"][0]

    nodes = ensemble(model.get_booster()).nodes

    kept = {n for t, n in zip(nodes["treeids"], nodes["nodeids"], strict=True) if t}
    children = {*nodes["truenodeids"], *nodes["falsenodeids"]}
    assert int(stored["tree_param"]["num_deleted"]) > 0
    assert kept == children
    assert len(kept) < len(stored["parents"])
