import hashlib
import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from churn.errors import BundleError, SourceError
from churn.model.columns import to_columns
from churn.scoring.bundle import load_bundle
from churn.scoring.decision import Economics
from tests.snapshot_rows import FEATURES, bundle, strangers


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
    with pytest.raises(BundleError, match="the graph's inputs"):
        load_bundle(resealed(made(), features=[{"name": "age", "kind": "number"}]))


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
