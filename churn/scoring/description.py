"""Checks what a manifest says of a model, and that the graph is of that shape.

A reader of the bundle relies on all of it later, when nobody is there to ask.
"""

import sys
from collections.abc import Mapping
from typing import Any

import onnxruntime

from churn.errors import BundleError, HoldfastError
from churn.scoring.calibrator import PARAMETERS
from churn.scoring.decision import Economics
from churn.scoring.inputs import DECLARED
from churn.scoring.manifest import MANIFEST, PROFILES, identity
from churn.scoring.outcomes import check_outcomes

MOST_FEATURES = 10_000
MOST_COLUMNS = 100_000
MOST_CATEGORIES = 100_000
MOST_CHARACTERS = 10_000
"""Of a name or a category."""
MOST_ROWS = 2**53
"""Up to here a float holds every count."""

OUTCOMES_SINCE = 3
"""The first format that says who churned by score."""

TENSORS = {"number": "tensor(float)", "category": "tensor(string)"}
OUTPUTS = {
    "probability": ("tensor(double)", 1),
    "uncalibrated": ("tensor(double)", 1),
    "matrix": ("tensor(float)", 2),
}
"""Type and number of dimensions."""


def check_description(manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest with a gap, or with anything out of bounds.

    Raises
    ------
    BundleError
    """
    try:
        _check_features(manifest["features"])
        _check_columns(manifest["columns"], manifest["features"])
        _check_calibration(manifest["calibration"])
        _require(_is_text(manifest["model"]["kind"]), "model.kind: no text")
        Economics(**manifest["economics"])
        identity(manifest)
        if manifest["format_version"] > 1:
            _check_second_format(manifest)
        if manifest["format_version"] >= OUTCOMES_SINCE:
            _check_windows(manifest["windows"])
    except BundleError:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, HoldfastError) as error:
        raise BundleError(
            f"{MANIFEST}: expected a complete manifest, found a gap: {error}"
        ) from error


def check_graph(
    manifest: Mapping[str, Any], session: onnxruntime.InferenceSession
) -> None:
    """Refuse a graph whose inputs and outputs are not those of the manifest.

    Raises
    ------
    BundleError
    """
    expected = {f["name"]: TENSORS[f["kind"]] for f in manifest["features"]}
    found = {node.name: node.type for node in session.get_inputs()}
    if found != expected:
        raise BundleError(
            f"{MANIFEST}: expected the graph's inputs {found}, found the features "
            f"{expected}"
        )
    outputs = {n.name: (n.type, len(n.shape)) for n in session.get_outputs()}
    if outputs != OUTPUTS:
        raise BundleError(f"expected a graph with {OUTPUTS}, found {outputs}")


def check_profiles(manifest: Mapping[str, Any], profiles: Mapping[str, Any]) -> None:
    """Refuse profiles that inputs and scores cannot be compared with.

    Raises
    ------
    BundleError
    """
    try:
        names = {feature["name"] for feature in manifest["features"]}
        _require(set(profiles["features"]) == names, "other features")
        for profile in (*profiles["features"].values(), profiles["score"]):
            _check_profile(profile)
        if manifest["format_version"] >= OUTCOMES_SINCE:
            check_outcomes(profiles)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise BundleError(
            f"{PROFILES}: expected a profile of each feature and of the score, found "
            f"a gap: {error}"
        ) from error


def _check_profile(profile: Any) -> None:
    edges, counts = profile["edges"], profile["counts"]
    _check_categories(profile["categories"])
    if profile["kind"] == "number":
        _require(all(map(_is_number, edges)), "an edge that is no number")
        _require(edges == sorted(set(edges)), "edges that do not ascend")
        n_bins = len(edges) + 1
    else:
        _require(profile["kind"] == "category", "a kind that is none")
        n_bins = len(profile["categories"])
    sizes = [*counts, profile["n"], profile["missing"], profile["other"]]
    _require(
        all(type(size) is int and 0 <= size < MOST_ROWS for size in sizes), "no counts"
    )
    _require(len(counts) == n_bins, "counts of other bins")
    _require(profile["n"] == sum(sizes) - profile["n"], "counts that do not add up")


def _check_features(features: Any) -> None:
    _require(isinstance(features, list) and len(features) > 0, "features: none")
    _require(len(features) <= MOST_FEATURES, f"{len(features)} features: too many")
    names = [feature["name"] for feature in features]
    _require(all(map(_is_text, names)), "features: a name that is none")
    _require(len(set(names)) == len(names), "features: a name twice")
    for feature in features:
        share = feature["missing_share"]
        _require(_is_number(share) and 0 <= share <= 1, "missing_share: no share")
        if feature["kind"] == "category":
            _check_categories(feature["categories"])
        else:
            _require(feature["kind"] == "number", f"{feature['kind']}: no kind")
            bounds = [feature["min"], feature["max"]]
            _require(
                all(b is None or _is_number(b) for b in bounds), "min, max: no number"
            )


def _check_categories(categories: Any) -> None:
    _require(
        isinstance(categories, list) and len(categories) <= MOST_CATEGORIES,
        "categories: none, or too many",
    )
    _require(all(map(_is_text, categories)), "categories: one that is no text")


def _check_columns(columns: Any, features: Any) -> None:
    _require(
        isinstance(columns, list) and 0 < len(columns) <= MOST_COLUMNS,
        "columns: none, or too many",
    )
    names = {feature["name"] for feature in features}
    _require(all(c["feature"] in names for c in columns), "columns: of no feature")
    _require(all(_is_text(c["name"]) for c in columns), "columns: one without a name")


def _check_calibration(calibration: Any) -> None:
    parameters = calibration["parameters"]
    names = PARAMETERS[calibration["method"]]
    _require(set(parameters) == set(names), "calibration: other parameters")
    sizes = {len(parameters[name]) for name in names}
    _require(len(sizes) <= 1 and 0 not in sizes, "calibration: sizes differ")
    for name in names:
        _require(all(map(_is_number, parameters[name])), f"{name}: no number")


def _check_second_format(manifest: Mapping[str, Any]) -> None:
    _require(
        manifest["inputs"] == DECLARED,
        f"inputs: {manifest['inputs']!r}, which nobody here knows",
    )
    median = manifest["customer_value"]["median_eur"]
    _require(_is_number(median), "customer_value.median_eur: no number")


def _check_windows(windows: Any) -> None:
    for name in ("train", "calibration"):
        n_customers = windows[name]["n_customers"]
        _require(_is_count(n_customers) and n_customers > 0, f"{name}: no customers")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_CHARACTERS


def _is_number(value: Any) -> bool:
    is_real = isinstance(value, int | float) and not isinstance(value, bool)
    return is_real and abs(value) <= sys.float_info.max


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < MOST_ROWS


def _require(is_so: bool, found: str) -> None:  # noqa: FBT001 (a condition)
    if not is_so:
        raise ValueError(found)
