import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from sklearn.pipeline import Pipeline

from churn.dataset import Dataset
from churn.errors import BundleError
from churn.model.columns import churned, to_columns, to_table
from churn.model.selection import row_losses
from churn.model.spaces import KINDS
from churn.model.train import fit_bundle, fit_recipe
from churn.scoring.manifest import MANIFEST
from tests.snapshot_rows import FEATURES, LINEAGE, recipe, windows

if TYPE_CHECKING:
    from churn.scoring.bundle import Bundle


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_and_recipe_give_the_same_bytes(kind: str) -> None:
    first, again = (fit_recipe(windows(200), recipe(kind)) for _ in range(2))

    assert first.files == again.files


def test_only_named_fields_differ_between_two_runs() -> None:
    later = replace(recipe("xgboost"), lineage=LINEAGE | {"run": "second"})
    first, second = (fit_recipe(windows(200), r) for r in (recipe("xgboost"), later))

    differing = {n for n in first.files if first.files[n] != second.files[n]}
    assert differing == {MANIFEST}
    assert first.bundle_sha256 == second.bundle_sha256


def test_another_lineage_of_data_is_another_bundle() -> None:
    moved = replace(recipe("xgboost"), lineage=LINEAGE | {"source": "elsewhere"})

    identities = {
        fit_recipe(windows(200), r).bundle_sha256 for r in (recipe("xgboost"), moved)
    }

    assert len(identities) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_it_beats_the_base_rate_on_customers_it_never_saw(kind: str) -> None:
    split = windows(600)

    bundle = fit_recipe(split, recipe(kind))

    labels = churned(split.test)
    found = row_losses(labels, bundle.score(to_columns(split.test, FEATURES)))
    guess = row_losses(labels, np.full(600, churned(split.train).mean()))
    assert found.mean() < guess.mean() - 0.05


def test_the_calibrator_was_fitted_on_the_graph_of_the_bundle() -> None:
    split = windows(300)
    bundle = fit_recipe(split, recipe("xgboost", ("isotonic",)))
    columns = to_columns(split.test, FEATURES)

    expected = bundle.calibrated(bundle.uncalibrated(columns))

    assert bundle.manifest["calibration"]["method"] == "isotonic"
    np.testing.assert_allclose(bundle.score(columns), expected, atol=1e-12)


@pytest.mark.parametrize("window", ["calibration", "test"])
def test_one_row_scored_otherwise_than_by_scikit_learn_ends_the_training(
    monkeypatch: pytest.MonkeyPatch, window: str
) -> None:
    split = windows(200)
    rows = getattr(split, window)
    place = rows.height - 1

    def predict_proba(pipeline: Pipeline, table: pl.DataFrame) -> np.ndarray:
        scores = real(pipeline, table)
        if table.equals(to_table(rows, FEATURES)):
            scores[place] += 2e-6
        return scores

    real = Pipeline.predict_proba
    monkeypatch.setattr(Pipeline, "predict_proba", predict_proba)

    with pytest.raises(BundleError, match="found a difference of 2e-06"):
        fit_recipe(split, recipe("logistic_regression"))


def test_the_test_window_teaches_nothing() -> None:
    split = windows(200)
    upset = split.test.with_columns(
        pl.col("is_churn").not_(), tenure_days=pl.col("tenure_days") + 1e6
    )

    files = [
        fit_recipe(s, recipe("logistic_regression")).files
        for s in (split, replace(split, test=upset))
    ]

    assert files[0] == files[1]


def test_the_calibration_window_moves_the_calibrator_alone() -> None:
    split = windows(300)
    turned = replace(
        split, calibration=split.calibration.with_columns(pl.col("is_churn").not_())
    )

    bundles = [fit_recipe(s, recipe("xgboost", ("sigmoid",))) for s in (split, turned)]

    columns = to_columns(split.test, FEATURES)
    raw = [b.uncalibrated(columns) for b in bundles]
    np.testing.assert_array_equal(raw[0], raw[1])
    assert [
        b.manifest["calibration"]["parameters"]["slope"][0] > 0 for b in bundles
    ] == [
        True,
        False,
    ]


def test_linear_terms_add_up_to_the_log_odds() -> None:
    split = windows(200)
    bundle = fit_recipe(split, recipe("logistic_regression", ("none",)))
    terms = json.loads(bundle.files["linear.json"])
    columns = to_columns(split.test, FEATURES)

    summed = (
        bundle.matrix(columns) @ np.array(terms["coefficients"]) + terms["intercept"]
    )

    np.testing.assert_allclose(
        1 / (1 + np.exp(-summed)), bundle.score(columns), atol=1e-6
    )


def test_a_search_cut_by_time_is_told_by_the_manifest() -> None:
    hurried = recipe("logistic_regression")
    hurried = replace(hurried, chosen=replace(hurried.chosen, reproducible=False))

    assert fit_recipe(windows(100), hurried).manifest["reproducible"] is False


def test_a_data_set_brings_its_features() -> None:
    r = recipe("logistic_regression")
    unseen = replace(FEATURES[1], in_model=False)
    dataset = Dataset(
        name="invented",
        kind="table",
        tables={},
        features=(FEATURES[0], unseen, *FEATURES[2:]),
        customer_value="1",
    )

    bundle: Bundle = fit_bundle(
        windows(100), dataset, r.chosen, r.model, r.calibration, r.economics, lineage={}
    )

    assert bundle.feature_names == ("tenure_days", "visits", "plan", "region")
