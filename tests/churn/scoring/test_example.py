from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from churn.scoring.bundle import open_bundle
from churn.scoring.example import example_customer
from tests.conftest import CHECKOUT

FORMAT_1 = CHECKOUT / "tests" / "bundles" / "format-1"


def made(feature: dict, profile: dict, *, median: float | None = None):
    """What of a bundle an example is made of."""
    content = {"features": {"one": profile}}
    return SimpleNamespace(
        files={"profiles.json": msgspec.json.encode(content)},
        manifest={"features": [{"name": "one", **feature}]},
        median_customer_value_eur=median,
    )


def numbers(edges: list[float], counts: list[int]) -> dict:
    return {"kind": "number", "edges": edges, "counts": counts}


@pytest.mark.parametrize(
    ("edges", "counts", "most", "expected"),
    [
        ([2.0, 6.0, 12.0], [4, 4, 4, 4], 70.0, 6),
        ([2.0, 6.0], [1, 1, 10], 70.0, 6),
        ([20.049999237060547, 70.44999694824219], [1, 9, 1], 118.65, 70.45),
        ([0.001], [9, 1], 0.002, 0.001),
        ([], [5], 3.0, None),
    ],
)
def test_a_number_is_trainings_median_as_one_writes_it(edges, counts, most, expected):
    least = min(edges, default=0.0)
    bundle = made({"min": least, "max": most}, numbers(edges, counts))

    found = example_customer(bundle)["values"]["one"]

    assert found == expected
    assert type(found) is type(expected)


def test_a_category_is_the_most_frequent_one():
    profile = {"kind": "category", "categories": ["b", "a", "c"], "counts": [3, 7, 3]}

    assert example_customer(made({}, profile))["values"] == {"one": "a"}


@pytest.mark.parametrize(("median", "expected"), [(None, 500), (183.4789, 183.48)])
def test_the_customer_is_worth_what_is_usual_to_the_cent(median, expected):
    bundle = made({"min": 0.0, "max": 1.0}, numbers([0.0], [1, 0]), median=median)

    assert example_customer(bundle)["customer_value"] == expected


def test_a_trained_model_finds_nothing_unusual_about_its_example():
    bundle = open_bundle(Path(FORMAT_1))

    values = example_customer(bundle)["values"]

    assert values["visits"] == 3
    assert values["spend_cents"] == 2498.55
    assert bundle.inputs.columns([values])[1] == ((),)
