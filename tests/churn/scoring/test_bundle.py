import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from churn.errors import BundleError, SourceError
from churn.model.columns import to_columns
from churn.scoring.bundle import load_bundle, open_bundle
from churn.scoring.decision import Economics
from tests.snapshot_rows import FEATURES, bundle, strangers

BUNDLES = Path(__file__).parents[2] / "bundles"


@cache
def made(kind: str = "xgboost") -> dict[str, bytes]:
    return dict(bundle(kind).files)


def resealed(files: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    """The files with a manifest that vouches for them."""
    manifest = json.loads(files["manifest.json"]) | changes
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    return files | {"manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    "name", ["model.onnx", "booster.ubj", "golden.json", "profiles.json"]
)
@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_one_flipped_bit_in_any_file_is_refused(name: str, place: float) -> None:
    content = bytearray(made()[name])
    content[int(place * (len(content) - 1))] ^= 1

    with pytest.raises(BundleError, match=f"{name}.*the file was altered"):
        load_bundle(made() | {name: bytes(content)})


def test_a_manifest_that_vouches_for_another_graph_fails_on_the_golden_rows() -> None:
    other = made("random_forest")["model.onnx"]

    with pytest.raises(BundleError, match=r"golden\.json.*does not answer here"):
        load_bundle(resealed(made() | {"model.onnx": other}))


def test_golden_rows_of_another_model_are_refused() -> None:
    other = made("random_forest")["golden.json"]

    with pytest.raises(BundleError, match=r"golden\.json: expected the stored prob"):
        load_bundle(resealed(made() | {"golden.json": other}))


def test_a_golden_probability_moved_by_more_than_the_tolerance_is_refused() -> None:
    golden = json.loads(made()["golden.json"])
    golden["probability"][5] += 2e-6

    with pytest.raises(BundleError, match="within 1e-06"):
        load_bundle(resealed(made() | {"golden.json": json.dumps(golden).encode()}))


@pytest.mark.parametrize(
    "golden",
    [b"{}", b"[]", b"nonsense", b'{"columns": {}, "probability": []}', b"[" * 100_000],
)
def test_golden_rows_that_are_none_are_refused(golden: bytes) -> None:
    with pytest.raises(BundleError, match=r"golden\.json"):
        load_bundle(resealed(made() | {"golden.json": golden}))


def test_golden_rows_without_rows_prove_nothing() -> None:
    golden = json.loads(made()["golden.json"])
    empty = {"columns": {k: [] for k in golden["columns"]}, "probability": []}

    with pytest.raises(BundleError, match=r"golden\.json"):
        load_bundle(resealed(made() | {"golden.json": json.dumps(empty).encode()}))


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(BundleError, match="expected an ONNX graph"):
        load_bundle(resealed(made() | {"model.onnx": b"junk"}))


def test_a_manifest_with_a_gap_is_refused() -> None:
    with pytest.raises(BundleError, match="complete manifest"):
        load_bundle(resealed(made(), economics={"offer_eur": 1}))


def test_features_other_than_the_graphs_inputs_are_refused() -> None:
    manifest = json.loads(made()["manifest.json"])
    age = manifest["features"][0] | {"name": "age_days"}

    with pytest.raises(BundleError, match="the graph's inputs"):
        load_bundle(resealed(made(), features=[*manifest["features"], age]))


def test_a_bundle_tells_what_it_is() -> None:
    loaded = load_bundle(made())

    assert loaded.kind == "xgboost"
    assert loaded.feature_names == tuple(f.name for f in FEATURES)
    assert loaded.column_names[:3] == ("tenure_days", "spend_cents", "visits")
    assert loaded.economics == Economics(10.0, 1.0, 0.3)


def test_scores_are_probabilities_for_values_no_training_saw() -> None:
    loaded = load_bundle(made())
    columns = to_columns(strangers(200, seed=5), FEATURES)

    p = loaded.score(columns)

    assert p.dtype == np.float64
    assert ((p > 0) & (p < 1)).all()
    assert loaded.matrix(columns).shape == (200, len(loaded.column_names))


def test_no_rows_give_no_scores() -> None:
    columns = to_columns(strangers(3, seed=5).head(0), FEATURES)

    assert load_bundle(made()).score(columns).shape == (0,)


def test_threads_do_not_change_what_is_scored() -> None:
    columns = to_columns(strangers(500, seed=5), FEATURES)

    one, two = (load_bundle(made(), threads=n).score(columns) for n in (1, 2))

    np.testing.assert_allclose(one, two, atol=1e-7)


def test_a_row_without_a_feature_is_refused_by_its_name() -> None:
    columns = to_columns(strangers(3, seed=5), FEATURES)
    del columns["visits"]

    with pytest.raises(SourceError, match="'visits'"):
        load_bundle(made()).score(columns)


def test_further_columns_are_left_alone() -> None:
    columns = to_columns(strangers(3, seed=5), FEATURES)
    loaded = load_bundle(made())

    np.testing.assert_array_equal(
        loaded.score(columns), loaded.score(columns | {"customer_id": np.array(["a"])})
    )


@pytest.mark.parametrize(
    ("version", "sha256", "value_eur"),
    [
        (1, "14cd47b40a2931db79c0305686fa3e156d9a0fbeded8012c785ac21c144e04bc", None),
        (2, "bbc13af12a08df06559d34ac625cb6b3f31cb792079b35a6972a124d185f6253", 200.0),
    ],
)
def test_a_bundle_of_an_older_format_still_answers_as_it_did(
    version: int, sha256: str, value_eur: float | None
) -> None:
    loaded = open_bundle(BUNDLES / f"format-{version}")

    columns, warnings = loaded.inputs.columns(loaded.golden.rows)

    assert loaded.manifest["format_version"] == version
    assert loaded.bundle_sha256 == sha256
    assert loaded.golden.agrees(loaded.predict(columns))
    assert "unknown_category: plan" in warnings[1]
    assert loaded.median_customer_value_eur == value_eur


def test_a_bundle_of_the_newest_format_without_outcomes_is_refused() -> None:
    profiles = json.loads(made()["profiles.json"])
    del profiles["scores"]

    with pytest.raises(BundleError, match=r"profiles\.json: .*found a gap: 'scores'"):
        load_bundle(resealed(made() | {"profiles.json": json.dumps(profiles).encode()}))


@pytest.mark.parametrize("kind", ["logistic_regression", "xgboost", "random_forest"])
def test_the_quick_ways_give_what_the_careful_ones_give(kind: str) -> None:
    loaded = load_bundle(made(kind))
    columns = dict(loaded.golden.columns)

    probability, matrix = loaded.score_and_matrix(columns)

    np.testing.assert_array_equal(loaded.predict(columns), loaded.score(columns))
    np.testing.assert_array_equal(probability, loaded.score(columns))
    np.testing.assert_array_equal(matrix, loaded.matrix(columns))


def test_golden_rows_can_be_asked_like_any_customer() -> None:
    loaded = load_bundle(made())

    columns, _ = loaded.inputs.columns(loaded.golden.rows)

    assert loaded.golden.agrees(loaded.predict(columns))


def test_a_matrix_of_other_columns_than_the_manifests_is_refused() -> None:
    manifest = json.loads(made()["manifest.json"])

    with pytest.raises(BundleError, match=r"model\.onnx: expected a matrix"):
        load_bundle(resealed(made(), columns=manifest["columns"][1:]))


def test_a_customer_is_usually_worth_the_median_of_training() -> None:
    assert load_bundle(made()).median_customer_value_eur == 200.0


@pytest.mark.parametrize("n_customers", [0, -1, None, "200", True, 10**400])
def test_a_bundle_of_the_newest_format_says_how_many_customers_it_saw(
    n_customers: object,
) -> None:
    windows = json.loads(made()["manifest.json"])["windows"]
    windows["calibration"]["n_customers"] = n_customers

    with pytest.raises(BundleError, match="calibration: no customers"):
        load_bundle(resealed(made(), windows=windows))
