import json
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from xgboost import Booster

from churn.errors import BundleError
from churn.model.train import fit_recipe
from churn.scoring.bundle import load_bundle
from churn.scoring.reasons import Explainer
from tests.churn.scoring.test_bundle import resealed
from tests.churn.scoring.test_reasons import explained, made
from tests.snapshot_rows import recipe, windows


def test_reasons_of_a_linear_model_are_its_exact_terms() -> None:
    bundle = made("logistic_regression")
    terms = json.loads(bundle.files["linear.json"])
    _, matrix, reasons = explained(bundle, n=1)

    found = {r.feature: r.log_odds for r in reasons[0]}

    for name in bundle.feature_names:
        expected = sum(
            c * (x - mean)
            for c, x, mean, column in zip(
                terms["coefficients"],
                matrix[0].astype(float),
                terms["means"],
                bundle.manifest["columns"],
                strict=True,
            )
            if column["feature"] == name
        )
        assert found[name] == pytest.approx(expected, abs=1e-12)


def shapley(trees: list[dict[str, Any]], row: np.ndarray) -> np.ndarray:
    """By the definition: over all subsets of columns, which the walk follows.

    Where a split's column is not in the subset, both sides count by the weight of
    the training rows that went there.
    """
    columns = range(len(row))

    def value(tree: dict[str, Any], node: int, known: frozenset[int]) -> float:
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left == -1:
            return float(tree["split_conditions"][node])
        column = tree["split_indices"][node]
        if column in known:
            x, split = row[column], np.float32(tree["split_conditions"][node])
            goes_left = tree["default_left"][node] if np.isnan(x) else x < split
            return value(tree, left if goes_left else right, known)
        weights = [tree["sum_hessian"][child] for child in (left, right)]
        sides = [value(tree, child, known) for child in (left, right)]
        return float(np.average(sides, weights=weights))

    def worth(known: frozenset[int]) -> float:
        return sum(value(tree, 0, known) for tree in trees)

    n = len(row)
    found = np.zeros(n)
    for column in columns:
        others = [other for other in columns if other != column]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                known = frozenset(chosen)
                found[column] += weight * (worth(known | {column}) - worth(known))
    return found


def test_reasons_of_trees_are_shapley_values_by_their_definition() -> None:
    usual = recipe("xgboost", ("none",))
    few = usual.chosen.params | {"n_estimators": 2, "max_depth": 2}
    chosen = replace(usual.chosen, params=few)
    bundle = fit_recipe(windows(200), replace(usual, chosen=chosen))
    booster = Booster()
    booster.load_model(bytearray(bundle.files["booster.ubj"]))
    learner = json.loads(booster.save_raw("json"))["learner"]
    trees = learner["gradient_booster"]["model"]["trees"]
    _, matrix, reasons = explained(bundle, n=3)

    for row, of_row in zip(matrix, reasons, strict=True):
        by_column = shapley(trees, row)
        found = {r.feature: r.log_odds for r in of_row}
        for name in bundle.feature_names:
            columns = bundle.manifest["columns"]
            places = [i for i, c in enumerate(columns) if c["feature"] == name]
            assert found[name] == pytest.approx(by_column[places].sum(), abs=1e-6)


@pytest.mark.parametrize("content", [b"", b"{}", b"{L" + b"\x7f" * 9, b"\xff" * 100])
def test_what_is_no_booster_is_refused(content: bytes) -> None:
    files = dict(made("xgboost").files) | {"booster.ubj": content}

    with pytest.raises(BundleError, match=r"booster\.ubj: expected"):
        Explainer.of(load_bundle(resealed(files)))


@pytest.mark.parametrize(
    "change",
    [
        {"coefficients": [1.0]},
        {"coefficients": None},
        {"means": ["x"] * 12},
        {"intercept": None},
    ],
)
def test_what_are_no_linear_terms_is_refused(change: dict[str, Any]) -> None:
    files = dict(made("logistic_regression").files)
    terms = json.loads(files["linear.json"]) | change

    damaged = resealed(files | {"linear.json": json.dumps(terms).encode()})

    with pytest.raises(BundleError, match=r"linear\.json: expected a coefficient"):
        Explainer.of(load_bundle(damaged))


def test_a_linear_model_needs_no_xgboost() -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from churn.scoring.bundle import open_bundle;"
        "from churn.scoring.reasons import Explainer;"
        "Explainer.of(open_bundle(Path('tests/bundles/format-1')));"
        "sys.exit('xgboost' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
