import json
from collections.abc import Callable
from typing import Any

import onnx
import pytest

from churn.errors import BundleError
from churn.scoring.bundle import load_bundle
from churn.scoring.description import check_description, check_profiles
from tests.churn.scoring.test_bundle import made, resealed


def manifest() -> dict[str, Any]:
    return json.loads(made()["manifest.json"])


def profiles() -> dict[str, Any]:
    return json.loads(made()["profiles.json"])


def test_a_manifest_of_our_own_is_complete() -> None:
    check_description(manifest())
    check_profiles(manifest(), profiles())


GAPS: list[Callable[[dict[str, Any]], Any]] = [
    lambda m: m.update(features=[]),
    lambda m: m.update(features=m["features"] * 4_000),
    lambda m: m["features"].append(m["features"][0]),
    lambda m: m["features"][0].update(kind="date"),
    lambda m: m["features"][0].update(name=""),
    lambda m: m["features"][0].update(name="x" * 10_001),
    lambda m: m["features"][0].update(name=["x"]),
    lambda m: m["features"][0].update(missing_share=1.1),
    lambda m: m["features"][0].update(missing_share=None),
    lambda m: m["features"][0].update(min="0"),
    lambda m: m["features"][0].update(max=float("nan")),
    lambda m: m["features"][0].pop("max"),
    lambda m: m["features"][3].update(categories="basic"),
    lambda m: m["features"][3].update(categories=[1]),
    lambda m: m["features"][3].update(categories=["a"] * 100_001),
    lambda m: m["features"][3].pop("categories"),
    lambda m: m["columns"].clear(),
    lambda m: m["columns"][0].update(feature="nobody"),
    lambda m: m["columns"][0].update(feature=["x"]),
    lambda m: m["columns"][0].update(name=7),
    lambda m: m["calibration"].update(method="magic"),
    lambda m: m["calibration"].update(method=["none"]),
    lambda m: m["calibration"].update(method="sigmoid", parameters={}),
    lambda m: m["calibration"].update(
        method="isotonic", parameters={"score": [0, 1], "probability": [0]}
    ),
    lambda m: m["calibration"].update(
        method="sigmoid", parameters={"slope": ["1"], "intercept": [0]}
    ),
    lambda m: m["economics"].update(acceptance_rate=2),
    lambda m: m["economics"].update(offer_eur="10"),
    lambda m: m["economics"].update(strange=1),
    lambda m: m["model"].update(kind=None),
    lambda m: m.pop("named_fields"),
    lambda m: m["named_fields"].append("a.b.c"),
    lambda m: m["named_fields"].append(3),
    lambda m: m.pop("inputs"),
    lambda m: m["inputs"].update(unknown_category="guessed"),
    lambda m: m["customer_value"].update(median_eur=None),
    lambda m: m.pop("customer_value"),
]


@pytest.mark.parametrize("damage", GAPS)
def test_a_manifest_with_a_gap_is_refused(
    damage: Callable[[dict[str, Any]], Any],
) -> None:
    damaged = manifest()
    damage(damaged)

    with pytest.raises(BundleError, match=r"manifest\.json: expected a complete"):
        check_description(damaged)


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p["features"].pop("plan"),
        lambda p: p.pop("score"),
        lambda p: p["score"].update(edges=[1, 0]),
        lambda p: p["score"].update(edges=[0, "1"]),
        lambda p: p["score"]["counts"].append(1),
        lambda p: p["score"]["counts"].__setitem__(0, -1),
        lambda p: p["score"]["counts"].__setitem__(0, 1.5),
        lambda p: p["features"]["plan"].update(categories=[None]),
        lambda p: p["features"].update(plan=[]),
        lambda p: p["score"].update(kind="text"),
        lambda p: p["score"].pop("categories"),
        lambda p: p["score"].update(n=p["score"]["n"] + 1),
        lambda p: p["score"].update(edges=[10**400], counts=[200, 0]),
        lambda p: p["score"].update(n=2**60 + 200, other=2**60),
        lambda p: p.pop("scores"),
        lambda p: p["scores"]["n"].append(1),
    ],
)
def test_profiles_that_nothing_can_be_compared_with_are_refused(
    damage: Callable[[dict[str, Any]], Any],
) -> None:
    damaged = profiles()
    damage(damaged)

    with pytest.raises(BundleError, match=r"profiles\.json"):
        check_profiles(manifest(), damaged)


def test_a_graph_without_its_matrix_is_refused() -> None:
    model = onnx.load_from_string(made()["model.onnx"])
    del model.graph.output[2:]

    with pytest.raises(BundleError, match="expected a graph with.*matrix"):
        load_bundle(resealed(made() | {"model.onnx": model.SerializeToString()}))


def test_a_category_that_the_graph_takes_for_a_number_is_refused() -> None:
    features = manifest()["features"]
    features[0] |= {"kind": "category", "categories": []}

    with pytest.raises(BundleError, match="the graph's inputs"):
        load_bundle(resealed(made(), features=features))
