"""An XGBoost ensemble as one ONNX node, read from XGBoost's own format.

Split conditions and leaf values are taken as the float32 numbers they are, so both
runtimes walk the same paths.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xgboost import Booster

Ints = NDArray[np.int64]
LEAF = -1


@dataclass
class Ensemble:
    """The trees as flat lists, named as ONNX names them.

    The first is a single leaf, the intercept: XGBoost starts its float32 sum with
    it, and the same order of additions gives the same sum, to the bit.
    """

    nodes: dict[str, list[Any]] = field(default_factory=dict)
    leaves: dict[str, list[Any]] = field(default_factory=dict)

    def attributes(self) -> dict[str, Any]:
        """Attributes of the TreeEnsembleRegressor node, which sums all leaves."""
        return {
            **{f"nodes_{name}": values for name, values in self.nodes.items()},
            **{f"target_{name}": values for name, values in self.leaves.items()},
            "n_targets": 1,
            "aggregate_function": "SUM",
            "post_transform": "NONE",
        }


def ensemble(booster: Booster) -> Ensemble:
    """Read all trees of a booster with numerical splits."""
    learner = json.loads(booster.save_raw("json"))["learner"]
    found = Ensemble()
    _extend(found, 0, _single_leaf(_intercept(learner)))
    trees = learner["gradient_booster"]["model"]["trees"]
    for number, tree in enumerate(trees, start=1):
        _extend(found, number, tree)
    return found


def _intercept(learner: dict[str, Any]) -> float:
    """On the scale of the objective: log-odds, or a share for squared error."""
    raw = learner["learner_model_param"]["base_score"]
    score = float(np.float32(json.loads(raw)[0] if raw.startswith("[") else raw))
    if learner["objective"]["name"] == "binary:logistic":
        return float(np.log(score) - np.log1p(-score))
    return score


def _single_leaf(value: float) -> dict[str, list[float]]:
    return {
        "left_children": [LEAF],
        "right_children": [LEAF],
        "parents": [0],
        "split_conditions": [value],
        "split_indices": [0],
        "default_left": [0],
    }


def _extend(found: Ensemble, number: int, tree: dict[str, Any]) -> None:
    left = np.array(tree["left_children"])
    right = np.array(tree["right_children"])
    values = np.array(tree["split_conditions"], dtype=np.float32)
    inner = left != LEAF
    kept = _attached(left, right, np.array(tree["parents"]))
    leaves = np.flatnonzero(kept & ~inner)
    _append(
        found.nodes,
        treeids=np.full(kept.sum(), number),
        nodeids=np.flatnonzero(kept),
        featureids=np.where(inner, tree["split_indices"], 0)[kept],
        modes=np.where(inner, "BRANCH_LT", "LEAF")[kept],
        values=np.where(inner, values, np.float32(0))[kept],
        truenodeids=np.where(inner, left, 0)[kept],
        falsenodeids=np.where(inner, right, 0)[kept],
        missing_value_tracks_true=np.where(inner, tree["default_left"], 0)[kept],
    )
    _append(
        found.leaves,
        treeids=np.full(len(leaves), number),
        nodeids=leaves,
        ids=np.zeros(len(leaves), dtype=int),
        weights=values[leaves],
    )


def _attached(left: Ints, right: Ints, parents: Ints) -> NDArray[np.bool_]:
    """Which nodes hang on the tree; pruned ones stay in the file, cut off."""
    places = np.arange(len(left))
    parent = np.where(places == 0, 0, parents)
    attached: NDArray[np.bool_] = (left[parent] == places) | (right[parent] == places)
    attached[0] = True
    return attached


def _append(lists: dict[str, list[Any]], **columns: NDArray[Any]) -> None:
    for name, values in columns.items():
        lists.setdefault(name, []).extend(values.tolist())
